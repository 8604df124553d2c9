using System.Numerics;

namespace Rota.Schedules;

/// <summary>Finds matching readings of a clock that knows no zone.</summary>
internal static class CronSearch
{
    /// <summary>How far to look. Eight years part two 29 Februaries at most, forty those of one weekday.</summary>
    private const int YearsMax = 100;

    /// <summary>The first match at or after a reading, or -1; both as <see cref="DateTime.Ticks"/>.</summary>
    public static long First(in CronMasks masks, long from)
    {
        from = Math.Max(0, from) + TimeSpan.TicksPerSecond - 1;
        from -= from % TimeSpan.TicksPerSecond;
        if (from > DateTime.MaxValue.Ticks)
            return -1;

        new DateTime(from).Deconstruct(out int year, out int month, out int day);
        var days = masks.DaysOf(year, month);
        var timeOfDay = from % TimeSpan.TicksPerDay;
        if ((days >> day & 1) != 0
            && masks.SecondFrom((int)(timeOfDay / TimeSpan.TicksPerSecond)) is >= 0 and var second)
            return from - timeOfDay + second * TimeSpan.TicksPerSecond;

        days &= ~1u << day;
        var lastYear = Math.Min(
            masks.Years is null ? year + YearsMax : Math.Max(year, CronYears.Last), DateTime.MaxValue.Year);
        while (days == 0)
        {
            var later = masks.Months & ~1u << month;
            if (later == 0 && ++year > lastYear)
                return -1;

            month = BitOperations.TrailingZeroCount(later == 0 ? masks.Months : later);
            days = masks.DaysOf(year, month);
        }

        return new DateTime(year, month, BitOperations.TrailingZeroCount(days)).Ticks
            + masks.FirstSecond * TimeSpan.TicksPerSecond;
    }
}
