using System.Runtime.InteropServices;

namespace Rota.Schedules;

/// <summary>Finds the instants at which the clock of a zone shows a match, through gaps and repeated hours.</summary>
/// <remarks>
/// Instants and offsets are in ticks. Everything is derived from the offset at an instant, the one answer of a zone
/// that is right also where it changes its base offset (a skipped day), not only its daylight saving time. Two changes
/// of offset are taken to be further apart than <see cref="Steady"/> and the windows around it; the closest ones of
/// today, around Ramadan, are a month apart.
/// </remarks>
internal static class CronClock
{
    // No gap and no repeat is longer than a day, and no offset larger than 14 hours.
    private const long Window = 36 * TimeSpan.TicksPerHour;
    private const long Steady = 8 * TimeSpan.TicksPerDay;
    private const int GapsMax = 10;
    private static readonly long MaxTicks = DateTime.MaxValue.Ticks;

    /// <summary>The first run strictly after an instant, or -1.</summary>
    public static long Next(in CronMasks masks, long after, TimeZoneInfo zone)
    {
        var offset = Offset(zone, after);
        var local = after + offset;
        var match = CronSearch.First(masks, local + 1);

        // Most runs are near and no change lies between; nor just before, where a repeated hour may not run again.
        var steady = match >= 0
            && match - local < Steady
            && Offset(zone, match - offset) == offset
            && (masks.Repeats || Offset(zone, after - Window) == offset);
        var next = steady ? match - offset : NextWithShifts(masks, after, local, zone);
        return next >= 0 && next <= MaxTicks ? next : -1;
    }

    private static long NextWithShifts(in CronMasks masks, long after, long local, TimeZoneInfo zone)
    {
        if (FindShift(zone, after) is not { Before: var before, After: var now, At: var at } || before < now)
            return FirstRun(masks, local + 1, zone);

        // The readings from at + now to at + before come twice. During the second pass they have all been dealt with.
        var next = FirstRun(masks, after >= at ? Math.Max(local + 1, at + before) : local + 1, zone);
        if (!masks.Repeats)
            return next;

        var again = CronSearch.First(masks, Math.Max(at, after + 1) + now);
        return again < 0 || again >= at + before ? next
            : next < 0 ? again - now
            : Math.Min(next, again - now);
    }

    /// <summary>The first instant that shows, or stands for, a match at or after a reading; or -1.</summary>
    private static long FirstRun(in CronMasks masks, long from, TimeZoneInfo zone)
    {
        for (var gaps = 0; gaps < GapsMax; gaps++)
        {
            var local = CronSearch.First(masks, from);
            if (local < 0)
                return -1;

            var before = Offset(zone, local - Window);
            var later = Offset(zone, local + Window);
            if (before == later || Offset(zone, local - before) == before)
                return local - before;
            if (Offset(zone, local - later) == later)
                return local - later;

            var shift = FindShift(zone, local)!.Value;
            if (!masks.EveryHour)
                return shift.At;
            from = shift.At + shift.After;
        }

        return -1;
    }

    /// <summary>The change of offset around an instant, or null.</summary>
    private static Shift? FindShift(TimeZoneInfo zone, long around)
    {
        // Zones change at whole seconds.
        var low = (around - Window) / TimeSpan.TicksPerSecond;
        var high = (around + Window) / TimeSpan.TicksPerSecond;
        var before = Offset(zone, low * TimeSpan.TicksPerSecond);
        var after = Offset(zone, high * TimeSpan.TicksPerSecond);
        if (before == after)
            return null;

        while (high - low > 1)
        {
            var middle = low + (high - low) / 2;
            if (Offset(zone, middle * TimeSpan.TicksPerSecond) == before)
                low = middle;
            else
                high = middle;
        }

        return new Shift(high * TimeSpan.TicksPerSecond, before, after);
    }

    private static long Offset(TimeZoneInfo zone, long instant) =>
        zone.GetUtcOffset(new DateTime(Math.Clamp(instant, 0, MaxTicks), DateTimeKind.Utc)).Ticks;

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Shift(long At, long Before, long After);
}
