using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Rota.Schedules;

/// <summary>Durations as people write them: <c>90s</c>, <c>1h30m</c>, <c>2d</c>, <c>1w</c>, <c>00:05:00</c>.</summary>
public static class Durations
{
    private const string Advice = "Write for example 500ms, 90s, 5m, 1h30m, 2d, 1w or hh:mm:ss.";
    private const int LengthMax = 50;

    /// <summary>Largest first: the order in which they are written.</summary>
    private static readonly (string Name, long Ticks)[] Units =
    [
        ("w", 7 * TimeSpan.TicksPerDay),
        ("d", TimeSpan.TicksPerDay),
        ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
    ];

    /// <summary>Reads a duration of 0 or more.</summary>
    /// <param name="text">Whole numbers with the units w, d, h, m, s, ms, each at most once, larger ones first, or
    /// <c>[d.]hh:mm:ss[.fffffff]</c>.</param>
    /// <param name="field">Name of the field for the error.</param>
    /// <exception cref="InvalidFieldException">The text is no duration.</exception>
    public static TimeSpan Parse(string text, string field = "duration")
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var duration)
            ? duration
            : throw new InvalidFieldException(field, $"'{Cut(text)}' is no duration.", Advice);
    }

    /// <summary>Reads a duration; false where <see cref="Parse"/> throws.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TimeSpan duration)
    {
        duration = default;
        if (text is null || text.Length > LengthMax)
            return false;

        var rest = text.AsSpan().Trim();
        return rest.Contains(':') ? TryClock(rest, out duration) : TryUnits(rest, out duration);
    }

    /// <summary>The shortest text that <see cref="Parse"/> reads back as the same duration.</summary>
    /// <param name="duration">0 or more. Whole weeks alone are told in weeks; parts of a millisecond give hh:mm:ss.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The duration is negative.</exception>
    public static string Format(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        var left = duration.Ticks;
        if (left == 0)
            return "0s";
        if (left % TimeSpan.TicksPerMillisecond != 0)
            return duration.ToString("c", CultureInfo.InvariantCulture);

        var wholeWeeks = left % Units[0].Ticks == 0;
        var text = new StringBuilder();
        foreach (var (name, ticks) in wholeWeeks ? Units : Units[1..])
        {
            if (left >= ticks)
                text.Append(CultureInfo.InvariantCulture, $"{left / ticks}{name}");
            left %= ticks;
        }

        return text.ToString();
    }

    private static bool TryClock(ReadOnlySpan<char> text, out TimeSpan duration) =>
        TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out duration)
        && duration >= TimeSpan.Zero
        && text.Count(':') == 2;

    private static bool TryUnits(ReadOnlySpan<char> rest, out TimeSpan duration)
    {
        duration = default;
        var total = 0L;
        var nextUnit = 0;
        if (rest.IsEmpty)
            return false;

        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits < 1
                || !long.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return false;

            rest = rest[digits..];
            var letters = rest.IndexOfAnyExceptInRange('a', 'z') is >= 0 and var end ? end : rest.Length;
            var name = rest[..letters].ToString();
            var unit = Array.FindIndex(Units, nextUnit, known => known.Name == name);
            if (unit < 0 || number > (long.MaxValue - total) / Units[unit].Ticks)
                return false;

            total += number * Units[unit].Ticks;
            nextUnit = unit + 1;
            rest = rest[letters..].TrimStart();
        }

        duration = TimeSpan.FromTicks(total);
        return true;
    }

    private static string Cut(string text) => text.Length <= LengthMax ? text : $"{text[..LengthMax]}…";
}
