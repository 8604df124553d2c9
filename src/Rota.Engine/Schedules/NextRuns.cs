namespace Rota.Schedules;

/// <summary>When a trigger is due next, by the clock of its zone, with a note where a change of that clock matters.
/// </summary>
public static class NextRuns
{
    /// <param name="asked">It need not be settled.</param>
    /// <returns>In order; fewer than were asked for when there are no more.</returns>
    public static IReadOnlyList<CronRun> Of(Trigger asked, DateTimeOffset after, int count)
    {
        var trigger = asked.Settle();
        var zone = ZoneOf(trigger);
        var runs = new List<CronRun>(count);
        for (var next = trigger.Next(after); next is { } at && runs.Count < count; next = trigger.Next(at))
        {
            runs.Add(new CronRun(at, TimeZoneInfo.ConvertTime(at, zone), (trigger as CronTrigger)?.NoteOf(at, after)));
            after = at;
        }
        return runs;
    }

    private static TimeZoneInfo ZoneOf(Trigger trigger) => trigger switch
    {
        CronTrigger cron => TimeZones.Find(cron.Zone),
        CalendarTrigger calendar => TimeZones.Find(calendar.Zone),
        _ => TimeZoneInfo.Utc,
    };
}
