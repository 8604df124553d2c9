using Rota.Storage;

namespace Rota.Schedules;

/// <summary>What is due, and not fired yet, when a schedule is paused or gets another trigger: it is missed, with a row
/// and an event as all that is missed.</summary>
internal static class Overdue
{
    // Each bounded, as a tick of the scheduler is; and another node may be first, or hold the schedule.
    private const int TriesMax = 1_000;

    private static readonly RunPolicy Missed = new() { Misfire = Misfire.Skip, MisfireGrace = TimeSpan.Zero };

    public static async Task MissAsync(
        IScheduleStore store, Schedule? schedule, DateTimeOffset now, CancellationToken stop)
    {
        for (var tries = 0; tries < TriesMax; tries++)
        {
            if (schedule is not { Trigger: { } trigger, NextDue: { } due } || due > now)
                return;
            var plan = OccurrencePlan.Make(trigger, Missed, due, now.AddTicks(1));
            var occurrences = plan.Occurrences.Select(one => new DueOccurrence(one.DueAt, one.Outcome, null)).ToList();
            var fire = new ScheduleFire(schedule, occurrences, plan.NextDue, plan.LastDue)
            {
                Unrecorded = plan.Unrecorded,
            };
            await store.FireAsync([fire], now, stop);
            schedule = await store.FindAsync(schedule.Name, stop);
        }
    }
}
