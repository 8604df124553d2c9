using System.Numerics;

namespace Rota.Schedules;

/// <summary>Says in plain English on which days an expression runs.</summary>
internal static class CronDayText
{
    private static readonly string[] WeekdayNames =
        ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

    private static readonly string[] PositionNames = ["first", "second", "third", "fourth", "fifth", "last"];

    /// <summary>Empty for every day.</summary>
    public static string Describe(in CronMasks masks)
    {
        var anyDay = masks.AnyDay;
        var anyWeekday = masks.AnyWeekday;
        if (masks.EitherDay && (anyDay || anyWeekday))
            return "";

        var days = anyDay ? [] : OfMonth(masks);
        var weekdays = anyWeekday ? [] : OfWeek(masks);
        if (masks.PositionsAreDays && !anyDay)
            days.AddRange(ByPosition(masks));
        else if (!masks.PositionsAreDays && !anyWeekday)
            weekdays.AddRange(ByPosition(masks));

        if (days.Count == 0)
            return weekdays.Count == 0 ? "" : CronText.Join(weekdays);
        if (weekdays.Count == 0)
            return "on " + CronText.Join(days);
        var second = CronText.Join(weekdays);
        var between = !masks.EitherDay ? "if it is "
            : second.StartsWith("on ", StringComparison.Ordinal) ? "or "
            : "or on ";
        return $"on {CronText.Join(days)} {between}{second}";
    }

    private static List<string> OfMonth(in CronMasks masks)
    {
        List<string> parts = [];
        if (masks.Days != 0)
        {
            var plural = BitOperations.IsPow2(masks.Days) ? "" : "s";
            parts.Add($"day{plural} {CronText.Values(masks.Days, CronText.Number)} of the month");
        }

        Each(masks.NearDays, day => parts.Add($"the weekday nearest day {day}"));
        Each(masks.LastDays, days => parts.Add(days == 0
            ? "the last day of the month"
            : $"the day {Days(days)} before the last of the month"));
        Each(masks.LastNearDays, days => parts.Add(days == 0
            ? "the last weekday of the month"
            : $"the weekday nearest the day {Days(days)} before the last of the month"));
        return parts;
    }

    private static List<string> OfWeek(in CronMasks masks) =>
        masks.Weekdays == 0 ? [] : [CronText.Values(masks.Weekdays, day => WeekdayNames[day])];

    private static List<string> ByPosition(in CronMasks masks)
    {
        List<string> parts = [];
        var isFirst = !masks.PositionsAreDays;
        Each(masks.Positions, bit =>
        {
            var (position, weekday) = Math.DivRem(bit, 7);
            parts.Add($"{(isFirst ? "on " : "")}the {PositionNames[position]} {WeekdayNames[weekday]}");
            isFirst = false;
        });
        return parts;
    }

    private static string Days(int count) => count == 1 ? "1 day" : $"{count} days";

    private static void Each(ulong bits, Action<int> tell)
    {
        for (; bits != 0; bits &= bits - 1)
            tell(BitOperations.TrailingZeroCount(bits));
    }
}
