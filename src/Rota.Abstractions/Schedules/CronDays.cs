namespace Rota.Schedules;

/// <summary>Brings the days of an expression into a form that more dialects can say, without changing them.</summary>
internal static class CronDays
{
    private static readonly uint[] Blocks = [0xFE, 0x7F00, 0x3F_8000, 0x1FC0_0000, 0xE000_0000];

    /// <summary>Positions belong to the days of the week wherever that means the same, and a rule that cannot matter is
    /// not kept.</summary>
    public static CronMasks Simplify(CronMasks masks)
    {
        var anyDay = masks.AnyDay;
        var anyWeekday = masks.AnyWeekday;
        if (anyDay)
            (masks.LastDays, masks.NearDays, masks.LastNearDays) = (0, 0, 0);
        if (masks.PositionsAreDays ? anyDay : anyWeekday)
            masks.Positions = 0;
        if (masks.EitherDay && (anyDay || anyWeekday))
        {
            (masks.LastDays, masks.NearDays, masks.LastNearDays, masks.Positions) = (0, 0, 0, 0);
            (masks.Days, masks.Weekdays) = (CronMasks.AllDays, CronMasks.AllWeekdays);
        }

        if (masks.Positions == 0 || masks.PositionsAreDays && anyWeekday)
        {
            if (masks.Positions != 0)
            {
                masks.EitherDay = HasDays(masks);
                masks.Days = masks.EitherDay ? masks.Days : CronMasks.AllDays;
                masks.Weekdays = 0;
            }

            masks.PositionsAreDays = false;
        }

        masks.EitherDay &= !masks.AnyDay && !masks.AnyWeekday;
        return masks;
    }

    /// <summary>Both day fields say something, and a day must match both.</summary>
    public static bool NeedsBoth(in CronMasks masks) =>
        !masks.EitherDay && !masks.AnyDay && !masks.AnyWeekday;

    /// <summary>Says "day 8 to 14 if it is Monday" as "the second Monday".</summary>
    public static CronMasks BlocksToPositions(CronMasks masks)
    {
        var block = Array.IndexOf(Blocks, masks.Days);
        if (!NeedsBoth(masks) || block < 0 || masks.Positions != 0
            || (masks.LastDays | masks.NearDays | masks.LastNearDays) != 0)
            return masks;

        masks.Positions = (ulong)masks.Weekdays << 7 * block;
        (masks.Days, masks.Weekdays) = (CronMasks.AllDays, 0);
        return masks;
    }

    /// <summary>Says "day 1 or Monday" as one set of days: Monday becomes the first to the fifth Monday.</summary>
    public static CronMasks WeekdaysToPositions(CronMasks masks)
    {
        if (!masks.EitherDay && (masks.Positions == 0 || !masks.AnyDay))
            return masks;

        for (var position = 0; position < CronMasks.LastPosition; position++)
            masks.Positions |= (ulong)masks.Weekdays << 7 * position;
        if (masks.AnyDay)
            masks.Days = 0;
        masks.Weekdays = CronMasks.AllWeekdays;
        (masks.PositionsAreDays, masks.EitherDay) = (true, false);
        return masks;
    }

    private static bool HasDays(in CronMasks masks) =>
        (masks.Days | masks.LastDays | masks.NearDays | masks.LastNearDays) != 0;
}
