using System.Globalization;

namespace Rota.Schedules;

/// <summary>One run to come.</summary>
/// <param name="At">In UTC.</param>
/// <param name="Local">The same instant as the clock of the zone shows it.</param>
/// <param name="Note">What a change of the clock does to it, such as <c>02:30 does not exist on 2026-03-29 in
/// Europe/Berlin: runs at 03:00</c>; null where none does.</param>
public sealed record CronRun(DateTimeOffset At, DateTimeOffset Local, string? Note);

/// <summary>Lists runs to come and says where a change of the clock matters.</summary>
internal static class CronRuns
{
    public static List<CronRun> List(
        CronExpression cron, DateTimeOffset after, TimeZoneInfo zone, int count, GapRule gap)
    {
        List<CronRun> runs = [];
        for (var next = cron.Next(after, zone, gap); next is { } at && runs.Count < count;
            next = cron.Next(at, zone, gap))
        {
            runs.Add(new(at, TimeZoneInfo.ConvertTime(at, zone), Note(cron, at, after, zone, gap)));
            after = at;
        }

        return runs;
    }

    /// <inheritdoc cref="Note(long, DateTimeOffset, TimeZoneInfo, bool, bool, bool)"/>
    /// <param name="before">The run before; null to hear of this one alone, not of what was left out.</param>
    public static string? Note(
        CronExpression cron, DateTimeOffset at, DateTimeOffset? before, TimeZoneInfo zone, GapRule gap)
    {
        var since = TimeZoneInfo.ConvertTime(before ?? at.AddTicks(-1), zone);
        return Note(CronSearch.First(cron.Masks, since.DateTime.Ticks + 1), at, zone,
            runsSkipped: gap == GapRule.Run && !cron.Masks.EveryHour, cron.Masks.Repeats, isAlone: before is null);
    }

    /// <summary>What a change of the clock does to a run, or left out before it; null where it does nothing.</summary>
    /// <param name="expected">The reading of the clock, in ticks, that would come next if it were never changed; -1
    /// when there is none.</param>
    /// <param name="isAlone">Says nothing of what was left out.</param>
    public static string? Note(
        long expected, DateTimeOffset at, TimeZoneInfo zone, bool runsSkipped, bool repeats, bool isAlone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone).DateTime;
        if (expected >= 0 && expected < local.Ticks && CronClock.GapAt(expected, zone) is { } after)
        {
            var runs = runsSkipped && after == at.UtcTicks;
            if (runs || !isAlone)
                return $"{Show(new DateTime(expected))} does not exist on {Day(new DateTime(expected))} in {zone.Id}: "
                    + (runs ? $"runs at {Show(local)}" : "left out");
        }

        if (!CronClock.IsRepeated(at.UtcTicks, zone, out var isFirst))
            return null;
        return $"{Show(local)} comes twice on {Day(local)} in {zone.Id}: "
            + (repeats ? $"runs both times, this is the {(isFirst ? "first" : "second")}"
                : "runs the first time");
    }

    private static string Show(DateTime local) =>
        local.ToString(local.Second == 0 ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Day(DateTime local) => local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
