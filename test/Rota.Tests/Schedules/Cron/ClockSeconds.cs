namespace Rota.Tests.Schedules;

/// <summary>What becomes of readings that the clock skips, and of those that it shows again.</summary>
internal readonly record struct ClockRule(bool RunsSkipped, bool RunsRepeated);

/// <summary>What the clock of a zone shows at each second of a window, and which of them run: the rule told plainly.
/// </summary>
/// <remarks>The window begins longer before a change than that change repeats.</remarks>
internal sealed class ClockSeconds
{
    private readonly long[] _shown;
    private readonly bool[] _isRepeated;

    public ClockSeconds(TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset until)
    {
        (From, Until) = (from, until);
        _shown = new long[(int)(until - from).TotalSeconds + 1];
        _isRepeated = new bool[_shown.Length];
        var latest = 0L;
        for (var second = 0; second < _shown.Length; second++)
        {
            var utc = from.AddSeconds(second);
            var shown = (utc.Ticks + zone.GetUtcOffset(utc).Ticks) / TimeSpan.TicksPerSecond;
            _shown[second] = shown;
            _isRepeated[second] = shown <= latest;
            latest = Math.Max(latest, shown);
        }
    }

    /// <summary>The first and the last instant that are known, each at a whole second.</summary>
    public DateTimeOffset From { get; }

    public DateTimeOffset Until { get; }

    /// <summary>Whether the clock has shown what it shows at an instant before.</summary>
    public bool IsRepeated(DateTimeOffset at) => _isRepeated[(int)Math.Floor((at - From).TotalSeconds)];

    /// <summary>The first run after an instant, or null: look at each second in turn.</summary>
    /// <param name="matches">Of a reading, in seconds from the year 1 on.</param>
    public DateTimeOffset? First(DateTimeOffset after, ClockRule rule, Func<long, bool> matches)
    {
        for (var second = Math.Max(1, (int)Math.Floor((after - From).TotalSeconds) + 1);
            second < _shown.Length; second++)
        {
            var shown = _shown[second];
            for (var skipped = _shown[second - 1] + 1; skipped < shown && rule.RunsSkipped; skipped++)
            {
                if (matches(skipped))
                    return From.AddSeconds(second);
            }

            if ((rule.RunsRepeated || !_isRepeated[second]) && matches(shown))
                return From.AddSeconds(second);
        }

        return null;
    }
}
