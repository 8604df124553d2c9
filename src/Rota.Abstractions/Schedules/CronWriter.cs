using System.Globalization;
using System.Numerics;

namespace Rota.Schedules;

/// <summary>Writes the values of a field as briefly as every dialect reads them.</summary>
internal static class CronWriter
{
    private static readonly string[] Sunday = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    private static readonly string[] Ordinals = ["1st", "2nd", "3rd", "4th", "5th", "last"];

    /// <summary>A field of numbers.</summary>
    /// <param name="mayStar">False where a star at the start would mean more than its values.</param>
    public static string Numbers(ulong bits, int first, int last, bool mayStar = true)
    {
        var all = (2UL << last) - (1UL << first);
        if (bits == all && mayStar)
            return "*";

        var low = BitOperations.TrailingZeroCount(bits);
        var high = BitOperations.Log2(bits);
        if (StepOf(bits, low, high) is > 1 and var step)
        {
            return high + step <= last ? $"{low}-{high}/{step}"
                : low == first && mayStar ? $"*/{step}"
                : $"{low}/{step}";
        }

        return string.Join(',', Runs(bits, Number));
    }

    public static string Years(CronYears? years)
    {
        if (years is null)
            return "*";

        List<string> parts = [];
        var all = years.All().ToList();
        for (var first = 0; first < all.Count;)
        {
            var last = first;
            while (last + 1 < all.Count && all[last + 1] == all[last] + 1)
                last++;
            parts.Add(last > first ? $"{Number(all[first])}-{Number(all[last])}" : Number(all[first]));
            first = last + 1;
        }

        return string.Join(',', parts);
    }

    /// <summary>Days of the month as Unix and Quartz write them.</summary>
    public static string Days(in CronMasks masks, bool mayStar)
    {
        if (masks.AnyDay && mayStar)
            return "*";

        List<string> parts = [];
        if (masks.Days != 0)
            parts.Add(Numbers(masks.Days, 1, 31, mayStar));
        Each(masks.NearDays, day => parts.Add($"{day}W"));
        Each(masks.LastDays, days => parts.Add(days == 0 ? "L" : $"L-{days}"));
        Each(masks.LastNearDays, days => parts.Add(days == 0 ? "LW" : $"L-{days}W"));
        return string.Join(',', parts);
    }

    /// <summary>Days of the week by name, as Unix and Quartz write them.</summary>
    public static string Weekdays(in CronMasks masks, bool mayStar)
    {
        if (masks.AnyWeekday && mayStar)
            return "*";

        List<string> parts = [.. Runs(masks.Weekdays, day => Sunday[day])];
        Each(masks.Positions, bit =>
        {
            var (position, weekday) = Math.DivRem(bit, 7);
            parts.Add(position == CronMasks.LastPosition
                ? $"{Sunday[weekday]}L"
                : $"{Sunday[weekday]}#{position + 1}");
        });
        return string.Join(',', parts);
    }

    /// <summary>Days of the week by name, from Monday on.</summary>
    public static string WeekdaysFromMonday(uint weekdays) => weekdays == CronMasks.AllWeekdays
        ? "*"
        : string.Join(',', Runs(weekdays >> 1 | (weekdays & 1) << 6, day => Sunday[(day + 1) % 7]));

    /// <summary>Days of the month as APScheduler writes them.</summary>
    public static string NamedDays(in CronMasks masks)
    {
        if (masks.AnyDay)
            return "*";

        List<string> parts = [];
        if (masks.Days != 0)
            parts.Add(Numbers(masks.Days, 1, 31));
        if (masks.LastDays != 0)
            parts.Add("last");
        Each(masks.Positions, bit => parts.Add($"{Ordinals[bit / 7]} {Sunday[bit % 7]}"));
        return string.Join(',', parts);
    }

    /// <summary>The step from the lowest value to the highest, or 0 when there are fewer than three or no step.
    /// </summary>
    private static int StepOf(ulong bits, int low, int high)
    {
        var count = BitOperations.PopCount(bits);
        if (count < 3 || (high - low) % (count - 1) != 0)
            return 0;

        var step = (high - low) / (count - 1);
        for (var value = low; value <= high; value += step)
        {
            if ((bits >> value & 1) == 0)
                return 0;
        }

        return step;
    }

    /// <summary>The values in order, runs of three and more as a range.</summary>
    public static List<string> Runs(ulong bits, Func<int, string> name, string to = "-")
    {
        List<string> parts = [];
        while (bits != 0)
        {
            var first = BitOperations.TrailingZeroCount(bits);
            var run = BitOperations.TrailingZeroCount(~(bits >> first));
            if (run < 3)
                parts.AddRange(Enumerable.Range(first, run).Select(name));
            else
                parts.Add($"{name(first)}{to}{name(first + run - 1)}");
            bits &= ~(((1UL << run) - 1) << first);
        }

        return parts;
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static void Each(ulong bits, Action<int> tell)
    {
        for (; bits != 0; bits &= bits - 1)
            tell(BitOperations.TrailingZeroCount(bits));
    }
}
