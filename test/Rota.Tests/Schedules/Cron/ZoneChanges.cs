using System.Collections.Concurrent;

namespace Rota.Tests.Schedules;

/// <summary>When the clock of a zone is changed, found by asking the zone itself, and the clock around each change.
/// </summary>
internal static class ZoneChanges
{
    /// <summary>Before and after a change; no clock repeats more than two hours.</summary>
    public static readonly TimeSpan Around = TimeSpan.FromHours(2.5);

    /// <summary>Of all the years that tests look at.</summary>
    public const int FirstYear = 2008, LastYear = 2150;

    private static readonly ConcurrentDictionary<string, DateTimeOffset[]> Known = new();
    private static readonly ConcurrentDictionary<(string, DateTimeOffset), ClockSeconds> Clocks = new();

    /// <summary>The first instants with a new offset, in order.</summary>
    public static DateTimeOffset[] Of(TimeZoneInfo zone) => Known.GetOrAdd(zone.Id, _ => [.. Find(zone)]);

    /// <summary>Each second around a change of a zone.</summary>
    public static ClockSeconds Clock(TimeZoneInfo zone, DateTimeOffset change) =>
        Clocks.GetOrAdd((zone.Id, change), _ => new ClockSeconds(zone, change - Around, change + Around));

    /// <summary>Whether the clock has shown what it shows at an instant before.</summary>
    public static bool IsRepeated(TimeZoneInfo zone, DateTimeOffset at) =>
        Of(zone).Any(change => at >= change && at < change + Around && Clock(zone, change).IsRepeated(at));

    private static IEnumerable<DateTimeOffset> Find(TimeZoneInfo zone)
    {
        var end = new DateTimeOffset(LastYear + 1, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var step = TimeSpan.FromHours(12);
        for (var at = new DateTimeOffset(FirstYear, 1, 1, 0, 0, 0, TimeSpan.Zero); at < end; at += step)
        {
            if (zone.GetUtcOffset(at) == zone.GetUtcOffset(at + step))
                continue;
            var (low, high) = (at, at + step);
            while (high - low > TimeSpan.FromSeconds(1))
            {
                var middle = low.AddSeconds(Math.Floor((high - low).TotalSeconds / 2));
                (low, high) = zone.GetUtcOffset(middle) == zone.GetUtcOffset(at) ? (middle, high) : (low, middle);
            }

            yield return high;
        }
    }
}
