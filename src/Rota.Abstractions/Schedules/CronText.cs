using System.Globalization;
using System.Numerics;

namespace Rota.Schedules;

/// <summary>Says in plain English what an expression means.</summary>
internal static class CronText
{
    /// <summary>More times of day than this are told as seconds, minutes and hours.</summary>
    private const int TimesMax = 6;

    private static readonly string[] MonthNames =
    [
        "", "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ];

    public static string Describe(in CronMasks masks)
    {
        var time = Time(masks);
        var days = CronDayText.Describe(masks);
        var months = masks.Months == CronMasks.AllMonths ? "" : $"in {Values(masks.Months, MonthName)}";
        var weeks = masks.Weeks == CronMasks.AllWeeks
            ? ""
            : $"in week{(BitOperations.IsPow2(masks.Weeks) ? "" : "s")} {Values(masks.Weeks, Number)} of the year";
        var years = masks.Years is null ? "" : $"in {Years(masks.Years)}";

        // "At 09:00" leaves open on which days; "Every 15 minutes" does not.
        if (days.Length == 0 && months.Length == 0 && weeks.Length == 0 && IsFewTimes(masks))
            days = "every day";
        return string.Join(", ", new[] { time, days, weeks, months, years }.Where(part => part.Length > 0));
    }

    private static bool IsFewTimes(in CronMasks masks) =>
        BitOperations.PopCount(masks.Seconds) * BitOperations.PopCount(masks.Minutes)
            * BitOperations.PopCount(masks.Hours) <= TimesMax;

    private static string Time(in CronMasks masks)
    {
        if (IsFewTimes(masks))
            return "At " + Join(Times(masks));
        if (masks.Seconds != 1)
            return Seconds(masks);
        if (masks.Minutes == 1)
            return masks.EveryHour ? "Every hour" : Hours(masks);

        var step = Step(masks.Minutes, 60);
        var which = Which(masks.Minutes, step, "minute", "At ");
        return masks.EveryHour
            ? step > 0 ? which : $"{which} of every hour"
            : $"{which} of {HoursOf(masks)}";
    }

    private static string Seconds(in CronMasks masks)
    {
        var step = Step(masks.Seconds, 60);
        var text = Which(masks.Seconds, step, "second", "At ");
        if (masks.Minutes == CronMasks.AllMinutes)
            text += step > 0 ? "" : " of every minute";
        else
            text += Step(masks.Minutes, 60) is > 1 and var minutes
                ? $" of every {Ordinal(minutes)} minute"
                : " of " + Which(masks.Minutes, 0, "minute", "");
        if (!masks.EveryHour)
            return $"{text} of {HoursOf(masks)}";
        return masks.Minutes == CronMasks.AllMinutes ? text : text + " of every hour";
    }

    /// <summary>"Every 5 minutes", or with step 0 "At minutes 5 and 7".</summary>
    private static string Which(ulong bits, int step, string unit, string before) => step switch
    {
        1 => $"Every {unit}",
        > 1 => $"Every {step} {unit}s",
        _ => $"{before}{unit}{(BitOperations.IsPow2(bits) ? "" : "s")} {Values(bits, Number)}",
    };

    private static string HoursOf(in CronMasks masks) => Step(masks.Hours, 24) is > 1 and var hours
        ? $"every {Ordinal(hours)} hour"
        : $"the hour{(BitOperations.IsPow2(masks.Hours) ? "" : "s")} {Values(masks.Hours, Number)}";

    private static string Hours(in CronMasks masks) => Step(masks.Hours, 24) is > 1 and var step
        ? $"Every {step} hours"
        : $"Every hour from {Values(masks.Hours, hour => $"{hour:00}:00")}";

    private static List<string> Times(in CronMasks masks)
    {
        const int Last = 86_399;
        List<string> times = [];
        for (var at = masks.SecondFrom(0); at >= 0; at = at < Last ? masks.SecondFrom(at + 1) : -1)
        {
            var seconds = masks.Seconds == 1 ? "" : $":{at % 60:00}";
            times.Add($"{at / 3600:00}:{at / 60 % 60:00}{seconds}");
        }

        return times;
    }

    private static string Years(CronYears years)
    {
        List<string> parts = [];
        var all = years.All().ToList();
        for (var first = 0; first < all.Count;)
        {
            var last = first;
            while (last + 1 < all.Count && all[last + 1] == all[last] + 1)
                last++;
            parts.Add(last > first ? $"{all[first]} to {all[last]}" : Number(all[first]));
            first = last + 1;
        }

        return Join(parts);
    }

    /// <summary>The step of a field that holds 0, n, 2n and so on evenly around the clock, or 0.</summary>
    private static int Step(ulong bits, int size)
    {
        var count = BitOperations.PopCount(bits);
        if (count < 2 || size % count != 0)
            return 0;

        var step = size / count;
        for (var value = 0; value < size; value++)
        {
            if ((bits >> value & 1) != (value % step == 0 ? 1u : 0))
                return 0;
        }

        return step;
    }

    /// <summary>The values of a field in order, runs of three and more as "a to b".</summary>
    public static string Values(ulong bits, Func<int, string> name) => Join(CronWriter.Runs(bits, name, " to "));

    public static string Join(List<string> parts) => parts.Count == 1
        ? parts[0]
        : $"{string.Join(", ", parts.Take(parts.Count - 1))} and {parts[^1]}";

    public static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string MonthName(int month) => MonthNames[month];

    private static string Ordinal(int number) => number switch
    {
        2 => "2nd",
        3 => "3rd",
        _ => $"{number}th",
    };
}
