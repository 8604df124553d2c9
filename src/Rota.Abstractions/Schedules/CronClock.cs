using System.Runtime.InteropServices;

namespace Rota.Schedules;

/// <summary>Finds the instants at which the clock of a zone shows a match, through gaps and repeated hours.</summary>
/// <remarks>
/// Instants and offsets are in ticks. Everything is derived from the offset at an instant, the one answer of a zone
/// that is right also where it changes its base offset (a skipped day), not only its daylight saving time. Two changes
/// of offset are taken to be further apart than the windows around them; the closest ones of today, around Ramadan,
/// are a month apart.
/// </remarks>
internal static class CronClock
{
    // No gap and no repeat is longer than a day, and no offset larger than 14 hours.
    private const long Window = 36 * TimeSpan.TicksPerHour;

    // An expression may fall into a gap every year, so the search ends as that of days does.
    private const int GapsMax = 100;

    /// <summary>The first run strictly after an instant, or -1.</summary>
    public static long Next(in CronMasks masks, long after, TimeZoneInfo timeZone, GapRule gap)
    {
        var zone = ZoneSpans.Of(timeZone);
        if (!zone.TryFind(after, out var span))
            return Checked(NextWithShifts(masks, after, after + zone.OffsetAt(after), zone, gap));

        // For most runs no change lies between; nor just before, where a repeated hour may not run again.
        var local = after + span.Offset;
        var match = CronSearch.First(masks, local + 1);
        var isSteady = match >= 0 && match - span.Offset < span.Until
            && (masks.Repeats || after - span.From >= Window);
        return isSteady ? match - span.Offset : Checked(NextWithShifts(masks, after, local, zone, gap));
    }

    /// <summary>The first instant at which the clock shows a reading. Where it skips it, the first one after the
    /// gap, or null, as the rule says.</summary>
    public static DateTimeOffset? InstantOf(DateTime local, TimeZoneInfo timeZone, GapRule gap)
    {
        var zone = ZoneSpans.Of(timeZone);
        if (!TryShow(local.Ticks, zone, out var instant))
        {
            if (gap == GapRule.Skip)
                return null;
            instant = FindShift(zone, local.Ticks)!.Value.At;
        }
        return new DateTimeOffset(Math.Clamp(instant, 0, DateTime.MaxValue.Ticks), TimeSpan.Zero);
    }

    /// <summary>The first instant after a reading that the clock skips, or null when it does not skip it.</summary>
    public static long? GapAt(long local, TimeZoneInfo timeZone)
    {
        var zone = ZoneSpans.Of(timeZone);
        return TryShow(local, zone, out _) ? null : FindShift(zone, local)!.Value.At;
    }

    /// <summary>Whether the clock shows the same reading at another instant, too.</summary>
    public static bool IsRepeated(long instant, TimeZoneInfo timeZone, out bool isFirst)
    {
        isFirst = false;
        if (FindShift(ZoneSpans.Of(timeZone), instant) is not { Before: var before, After: var now, At: var at }
            || before < now)
            return false;
        isFirst = instant < at;
        return instant >= at + now - before && instant < at + before - now;
    }

    private static long Checked(long next) => next >= 0 && next <= DateTime.MaxValue.Ticks ? next : -1;

    private static long NextWithShifts(in CronMasks masks, long after, long local, ZoneSpans zone, GapRule gap)
    {
        if (FindShift(zone, after) is not { Before: var before, After: var now, At: var at } || before < now)
            return FirstRun(masks, local + 1, zone, gap);

        // The readings from at + now to at + before come twice. During the second pass they have all been dealt with.
        var next = FirstRun(masks, after >= at ? Math.Max(local + 1, at + before) : local + 1, zone, gap);
        if (!masks.Repeats)
            return next;

        var again = CronSearch.First(masks, Math.Max(at, after + 1) + now);
        return again < 0 || again >= at + before ? next
            : next < 0 ? again - now
            : Math.Min(next, again - now);
    }

    /// <summary>The first instant that shows, or stands for, a match at or after a reading; or -1.</summary>
    private static long FirstRun(in CronMasks masks, long from, ZoneSpans zone, GapRule gap)
    {
        for (var gaps = 0; gaps < GapsMax; gaps++)
        {
            var local = CronSearch.First(masks, from);
            if (local < 0)
                return -1;
            if (TryShow(local, zone, out var instant))
                return instant;

            var shift = FindShift(zone, local)!.Value;
            if (!masks.EveryHour && gap == GapRule.Run)
                return shift.At;
            from = shift.At + shift.After;
        }

        return -1;
    }

    /// <summary>The first instant that shows a reading; false when the clock skips it.</summary>
    private static bool TryShow(long local, ZoneSpans zone, out long instant)
    {
        var before = zone.OffsetAt(local - Window);
        var after = zone.OffsetAt(local + Window);
        instant = local - before;
        if (before == after || zone.OffsetAt(instant) == before)
            return true;
        instant = local - after;
        return zone.OffsetAt(instant) == after;
    }

    /// <summary>The change of offset around an instant, or null.</summary>
    private static Shift? FindShift(ZoneSpans zone, long around)
    {
        var low = (around - Window) / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond;
        var high = (around + Window) / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond;
        var (before, after) = (zone.OffsetAt(low), zone.OffsetAt(high));
        return before == after ? null : new Shift(zone.Change(low, high), before, after);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Shift(long At, long Before, long After);
}
