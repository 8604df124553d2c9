using System.Globalization;
using System.Numerics;

namespace Rota.Schedules;

/// <summary>Says in plain English what an expression means.</summary>
internal static class CronText
{
    /// <summary>More times of day than this are told as minutes and hours.</summary>
    private const int TimesMax = 6;

    private static readonly string[] WeekdayNames =
        ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

    private static readonly string[] MonthNames =
    [
        "", "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ];

    public static string Describe(in CronMasks masks)
    {
        var time = Time(masks);
        var days = Days(masks);
        var months = masks.Months == CronMasks.AllMonths ? "" : $"in {Values(masks.Months, MonthName)}";

        // "At 09:00" leaves open on which days; "Every 15 minutes" does not.
        if (days.Length == 0 && months.Length == 0 && IsFewTimes(masks))
            days = "every day";
        return string.Join(", ", new[] { time, days, months }.Where(part => part.Length > 0));
    }

    private static bool IsFewTimes(in CronMasks masks) =>
        BitOperations.PopCount(masks.Minutes) * BitOperations.PopCount(masks.Hours) <= TimesMax;

    private static string Time(in CronMasks masks)
    {
        if (IsFewTimes(masks))
            return "At " + Join(Times(masks));
        if (masks.Minutes == 1)
            return masks.EveryHour ? "Every hour" : Hours(masks);

        var step = Step(masks.Minutes, 60);
        var which = step > 0
            ? step == 1 ? "Every minute" : $"Every {step} minutes"
            : BitOperations.IsPow2(masks.Minutes)
                ? $"At minute {Number(BitOperations.TrailingZeroCount(masks.Minutes))}"
                : $"At minutes {Values(masks.Minutes, Number)}";
        return masks.EveryHour
            ? step > 0 ? which : $"{which} of every hour"
            : Step(masks.Hours, 24) is > 1 and var hours ? $"{which} of every {Ordinal(hours)} hour"
            : $"{which} of the hours {Values(masks.Hours, Number)}";
    }

    private static string Hours(in CronMasks masks) => Step(masks.Hours, 24) is > 1 and var step
        ? $"Every {step} hours"
        : $"Every hour from {Values(masks.Hours, hour => $"{hour:00}:00")}";

    private static string Days(in CronMasks masks)
    {
        var days = masks.Days == CronMasks.AllDays
            ? ""
            : $"on day{(BitOperations.IsPow2(masks.Days) ? "" : "s")} {Values(masks.Days, Number)} of the month";
        var weekdays = masks.Weekdays == CronMasks.AllWeekdays ? "" : Values(masks.Weekdays, day => WeekdayNames[day]);
        return days.Length == 0 ? weekdays
            : weekdays.Length == 0 ? days
            : $"{days} {(masks.EitherDay ? "or on" : "if it is")} {weekdays}";
    }

    private static List<string> Times(in CronMasks masks)
    {
        List<string> times = [];
        for (var minute = masks.MinuteFrom(0); minute >= 0; minute = minute < 1439 ? masks.MinuteFrom(minute + 1) : -1)
            times.Add($"{minute / 60:00}:{minute % 60:00}");
        return times;
    }

    /// <summary>The step of a field that holds 0, n, 2n and so on evenly around the clock, or 0.</summary>
    private static int Step(ulong bits, int size)
    {
        var count = BitOperations.PopCount(bits);
        if (count < 2 || size % count != 0)
            return 0;

        var step = size / count;
        return bits == CronField.Minute.Bits(0, size - 1, step) ? step : 0;
    }

    /// <summary>The values of a field in order, runs of three and more as "a to b".</summary>
    private static string Values(ulong bits, Func<int, string> name)
    {
        List<string> parts = [];
        while (bits != 0)
        {
            var first = BitOperations.TrailingZeroCount(bits);
            var run = BitOperations.TrailingZeroCount(~(bits >> first));
            if (run < 3)
                parts.AddRange(Enumerable.Range(first, run).Select(name));
            else
                parts.Add($"{name(first)} to {name(first + run - 1)}");
            bits &= ~(((1UL << run) - 1) << first);
        }

        return Join(parts);
    }

    private static string Join(List<string> parts) => parts.Count == 1
        ? parts[0]
        : $"{string.Join(", ", parts.Take(parts.Count - 1))} and {parts[^1]}";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string MonthName(int month) => MonthNames[month];

    private static string Ordinal(int number) => number switch
    {
        2 => "2nd",
        3 => "3rd",
        _ => $"{number}th",
    };
}
