using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Rota.Schedules;

/// <summary>What an expression means, whichever dialect says it: one bit for each allowed value of each field.
/// </summary>
/// <remarks>Filled by the parser, and never changed after that.</remarks>
[StructLayout(LayoutKind.Auto)]
internal record struct CronMasks
{
    public const ulong AllMinutes = (1UL << 60) - 1;
    public const uint AllHours = (1u << 24) - 1;
    public const uint AllDays = uint.MaxValue - 1;
    public const uint AllMonths = (1u << 13) - 2;
    public const uint AllWeekdays = (1u << 7) - 1;
    public const ulong AllWeeks = (1UL << 54) - 2;

    /// <summary>The row of <see cref="Positions"/> that holds the last ones of a month.</summary>
    public const int LastPosition = 5;

    // A 7-bit week times this is the same week six times in a row.
    private const ulong SixWeeks = 0x0000_0008_1020_4081;

    /// <summary>Bits 0 to 59, at least one.</summary>
    public ulong Seconds { get; set; }

    /// <summary>Bits 0 to 59, at least one.</summary>
    public ulong Minutes { get; set; }

    /// <summary>Bits 0 to 23, at least one.</summary>
    public uint Hours { get; set; }

    /// <summary>Days of the month, bits 1 to 31; none where another mask of days has some.</summary>
    public uint Days { get; set; }

    /// <summary>Bit n: n days before the last day of the month.</summary>
    public uint LastDays { get; set; }

    /// <summary>Bits 1 to 31: the weekday (Monday to Friday) nearest that day, within the month.</summary>
    public uint NearDays { get; set; }

    /// <summary>Bit n: the weekday nearest the day n days before the last one, within the month.</summary>
    public uint LastNearDays { get; set; }

    /// <summary>Bits 1 to 12, at least one.</summary>
    public uint Months { get; set; }

    /// <summary>Bits 0 (Sunday) to 6; none where <see cref="Positions"/> has some.</summary>
    public uint Weekdays { get; set; }

    /// <summary>Bit 7 * n + weekday: the (n + 1)th of that weekday in a month; n = 5: the last one.</summary>
    public ulong Positions { get; set; }

    /// <summary>True when <see cref="Positions"/> add to the days of the month, not to the days of the week.</summary>
    public bool PositionsAreDays { get; set; }

    /// <summary>True when a day may match the days of the month or those of the week; else it must match both.
    /// </summary>
    public bool EitherDay { get; set; }

    /// <summary>ISO weeks, bits 1 to 53, at least one.</summary>
    public ulong Weeks { get; set; }

    /// <summary>Null for every year.</summary>
    public CronYears? Years { get; set; }

    /// <summary>Runs in every hour of its days, so that it follows real time through gaps as well.</summary>
    public readonly bool EveryHour => Hours == AllHours;

    /// <summary>Runs again when the clock repeats an hour: it runs in every hour, or several times an hour.</summary>
    public readonly bool Repeats =>
        EveryHour || BitOperations.PopCount(Minutes) * BitOperations.PopCount(Seconds) > 1;

    /// <summary>The days of the month say nothing.</summary>
    public readonly bool AnyDay => Days == AllDays;

    /// <summary>The days of the week say nothing.</summary>
    public readonly bool AnyWeekday => Weekdays == AllWeekdays;

    /// <summary>The first run in a day, in seconds after midnight.</summary>
    public readonly int FirstSecond => First(Hours) * 3600 + First(Minutes) * 60 + First(Seconds);

    /// <summary>The first run in a day at or after a second of it (0 to 86,399); in the same unit, or -1.</summary>
    public readonly int SecondFrom(int secondOfDay)
    {
        var (hour, rest) = Math.DivRem(secondOfDay, 3600);
        if ((Hours >> hour & 1) != 0)
        {
            var (minute, second) = Math.DivRem(rest, 60);
            if ((Minutes >> minute & 1) != 0 && Seconds >> second is not 0 and var seconds)
                return secondOfDay + BitOperations.TrailingZeroCount(seconds);
            if ((Minutes & ~1UL << minute) is not 0 and var minutes)
                return hour * 3600 + First(minutes) * 60 + First(Seconds);
        }

        var later = Hours & ~1u << hour;
        return later == 0 ? -1 : First(later) * 3600 + First(Minutes) * 60 + First(Seconds);
    }

    /// <summary>The days of a month that match, bits 1 to 31; none when the year or the month does not match.</summary>
    public readonly uint DaysOf(int year, int month)
    {
        if ((Months >> month & 1) == 0 || Years is not null && !Years.Has(year))
            return 0;

        var first = (int)new DateTime(year, month, 1).DayOfWeek;
        var length = DateTime.DaysInMonth(year, month);
        var byDay = Days;
        var byWeekday = (uint)(Weekdays * SixWeeks >> first << 1);
        if ((LastDays | NearDays | LastNearDays) != 0)
            byDay |= CountedFromEnd(first, length);
        if (Positions != 0)
        {
            var byPosition = ByPosition(first, length);
            (byDay, byWeekday) = PositionsAreDays
                ? (byDay | byPosition, byWeekday)
                : (byDay, byWeekday | byPosition);
        }

        var days = EitherDay ? byDay | byWeekday : byDay & byWeekday;
        if (Weeks != AllWeeks)
            days &= ByWeek(year, month, first, length);
        return days & (uint)((1UL << length + 1) - 2);
    }

    private readonly uint CountedFromEnd(int first, int length)
    {
        var days = 0u;
        for (var rest = LastDays; rest != 0; rest &= rest - 1)
            days |= Day(length - First(rest));
        for (var rest = NearDays; rest != 0; rest &= rest - 1)
            days |= Day(NearestWeekday(Math.Min(First(rest), length), first, length));
        for (var rest = LastNearDays; rest != 0; rest &= rest - 1)
            days |= Day(NearestWeekday(length - First(rest), first, length));
        return days;
    }

    private readonly uint ByPosition(int first, int length)
    {
        var days = 0u;
        for (var rest = Positions; rest != 0; rest &= rest - 1)
        {
            var (position, weekday) = Math.DivRem(BitOperations.TrailingZeroCount(rest), 7);
            var day = 1 + (weekday - first + 7) % 7 + 7 * position;
            if (position == LastPosition) // one week too far, and a second one in most months
                day -= day - 7 > length ? 14 : 7;
            days |= Day(day);
        }

        return days;
    }

    private readonly uint ByWeek(int year, int month, int first, int length)
    {
        var days = 0u;
        for (var day = 1; day <= length;)
        {
            var weekday = (first + day - 1) % 7;
            var untilMonday = weekday == 0 ? 1 : 8 - weekday;
            if ((Weeks >> ISOWeek.GetWeekOfYear(new DateTime(year, month, day)) & 1) != 0)
                days |= ((1u << untilMonday) - 1) << day;
            day += untilMonday;
        }

        return days;
    }

    /// <summary>Saturday gives the Friday before and Sunday the Monday after it, unless that is another month.
    /// </summary>
    private static int NearestWeekday(int day, int first, int length) => (DayOfWeek)((first + day + 34) % 7) switch
    {
        _ when day < 1 => day,
        DayOfWeek.Saturday => day == 1 ? 3 : day - 1,
        DayOfWeek.Sunday => day == length ? day - 2 : day + 1,
        _ => day,
    };

    private static uint Day(int day) => day is >= 1 and <= 31 ? 1u << day : 0;

    private static int First(ulong bits) => BitOperations.TrailingZeroCount(bits);
}
