using System.Numerics;

namespace Rota.Schedules;

/// <summary>What an expression means: one bit for each allowed value of each field.</summary>
/// <param name="Minutes">Bits 0 to 59, at least one.</param>
/// <param name="Hours">Bits 0 to 23, at least one.</param>
/// <param name="Days">Days of the month, bits 1 to 31, at least one.</param>
/// <param name="Months">Bits 1 to 12, at least one.</param>
/// <param name="Weekdays">Bits 0 (Sunday) to 6, at least one.</param>
/// <param name="EitherDay">True when a day may match <paramref name="Days"/> or <paramref name="Weekdays"/>.</param>
internal readonly record struct CronMasks(
    ulong Minutes, uint Hours, uint Days, uint Months, uint Weekdays, bool EitherDay)
{
    public const ulong AllMinutes = (1UL << 60) - 1;
    public const uint AllHours = (1u << 24) - 1;
    public const uint AllDays = uint.MaxValue - 1;
    public const uint AllMonths = (1u << 13) - 2;
    public const uint AllWeekdays = (1u << 7) - 1;

    // A 7-bit week times this is the same week six times in a row.
    private const ulong SixWeeks = 0x0000_0008_1020_4081;

    /// <summary>Runs in every hour of its days, so that it follows real time through gaps as well.</summary>
    public bool EveryHour => Hours == AllHours;

    /// <summary>Runs again when the clock repeats an hour.</summary>
    public bool Repeats => EveryHour || BitOperations.PopCount(Minutes) > 1;

    /// <summary>The first run in a day, in minutes after midnight.</summary>
    public int FirstMinute =>
        BitOperations.TrailingZeroCount(Hours) * 60 + BitOperations.TrailingZeroCount(Minutes);

    /// <summary>The first run in a day at or after a minute of it (0 to 1,439); in the same unit, or -1.</summary>
    public int MinuteFrom(int minuteOfDay)
    {
        var (hour, minute) = Math.DivRem(minuteOfDay, 60);
        if ((Hours >> hour & 1) != 0 && Minutes >> minute is not 0 and var rest)
            return minuteOfDay + BitOperations.TrailingZeroCount(rest);

        var later = Hours & ~1u << hour;
        return later == 0
            ? -1
            : BitOperations.TrailingZeroCount(later) * 60 + BitOperations.TrailingZeroCount(Minutes);
    }

    /// <summary>The days of a month that match, bits 1 to 31; none when the month does not match.</summary>
    public uint DaysOf(int year, int month)
    {
        if ((Months >> month & 1) == 0)
            return 0;

        var first = (int)new DateTime(year, month, 1).DayOfWeek;
        var byWeekday = (uint)(Weekdays * SixWeeks >> first << 1);
        var inMonth = (uint)((1UL << DateTime.DaysInMonth(year, month) + 1) - 2);
        return (EitherDay ? Days | byWeekday : Days & byWeekday) & inMonth;
    }
}
