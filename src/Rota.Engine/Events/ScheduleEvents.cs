using Rota.Schedules;
using Rota.Storage;

namespace Rota.Events;

/// <summary>The events of schedules and their occurrences. Pure.</summary>
public static class ScheduleEvents
{
    public static NewEvent Of(string schedule, ScheduleChange change, string actor, DateTimeOffset now) =>
        new(EventType.ScheduleMade + (int)change, now, schedule) { Actor = actor };

    /// <summary>One for each occurrence with a job, and one for all that were missed or coalesced together.</summary>
    /// <param name="unrecorded">Missed or coalesced occurrences that became no row.</param>
    /// <param name="lastDue">The last due time of all.</param>
    public static IEnumerable<NewEvent> Of(string schedule, IReadOnlyList<Occurrence> occurrences, int unrecorded,
        DateTimeOffset lastDue, DateTimeOffset now)
    {
        foreach (var group in occurrences.GroupBy(one => one.Outcome))
        {
            var type = EventType.OccurrenceEnqueued + (int)group.Key;
            if (group.Key is OccurrenceOutcome.Missed or OccurrenceOutcome.Coalesced)
            {
                yield return new NewEvent(type, now, schedule)
                {
                    DueAt = group.Max(one => one.DueAt),
                    Count = group.Count() + unrecorded,
                };
                unrecorded = 0;
                continue;
            }
            foreach (var one in group)
                yield return new NewEvent(type, now, schedule) { DueAt = one.DueAt, JobId = one.JobId };
        }
        if (unrecorded == 0)
            yield break;
        // None of them is young enough for a row.
        yield return new NewEvent(EventType.OccurrenceMissed, now, schedule) { DueAt = lastDue, Count = unrecorded };
    }
}
