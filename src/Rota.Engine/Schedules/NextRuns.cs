namespace Rota.Schedules;

/// <summary>When a trigger is due next, by the clock of its zone, with a note where a change of that clock matters.
/// </summary>
/// <remarks>The zone of a combined trigger is the one of its parts when they name one only, and else UTC.</remarks>
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
            runs.Add(new CronRun(at, TimeZoneInfo.ConvertTime(at, zone), trigger.NoteOf(at, after)));
            after = at;
        }
        return runs;
    }

    private static TimeZoneInfo ZoneOf(Trigger trigger) =>
        ZonesOf(trigger).Distinct().ToList() is [var only] ? TimeZones.Find(only) : TimeZoneInfo.Utc;

    private static IEnumerable<string> ZonesOf(Trigger trigger) => trigger switch
    {
        CronTrigger cron => [cron.Zone],
        CalendarTrigger calendar => [calendar.Zone],
        AnyTrigger any => any.Parts.SelectMany(ZonesOf),
        AllTrigger all => all.Parts.SelectMany(ZonesOf),
        _ => [],
    };
}
