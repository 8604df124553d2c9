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
            runs.Add(new(at, TimeZoneInfo.ConvertTime(at, zone), Note(cron, after, at, zone, gap)));
            after = at;
        }

        return runs;
    }

    private static string? Note(
        CronExpression cron, DateTimeOffset before, DateTimeOffset at, TimeZoneInfo zone, GapRule gap)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone).DateTime;

        // What the clock would show next if it were never changed, were it to show it.
        var expected = CronSearch.First(cron.Masks, TimeZoneInfo.ConvertTime(before, zone).DateTime.Ticks + 1);
        if (expected >= 0 && expected < local.Ticks && CronClock.GapAt(expected, zone) is { } after)
        {
            var runs = gap == GapRule.Run && !cron.Masks.EveryHour && after == at.UtcTicks;
            return $"{Show(new DateTime(expected))} does not exist on {Day(new DateTime(expected))} in {zone.Id}: "
                + (runs ? $"runs at {Show(local)}" : "left out");
        }

        if (!CronClock.IsRepeated(at.UtcTicks, zone, out var isFirst))
            return null;
        return $"{Show(local)} comes twice on {Day(local)} in {zone.Id}: "
            + (cron.Masks.Repeats ? $"runs both times, this is the {(isFirst ? "first" : "second")}"
                : "runs the first time");
    }

    private static string Show(DateTime local) =>
        local.ToString(local.Second == 0 ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Day(DateTime local) => local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
