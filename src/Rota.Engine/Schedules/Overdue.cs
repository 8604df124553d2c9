using Rota.Storage;

namespace Rota.Schedules;

/// <summary>What is due, and not fired yet, when a schedule is paused or gets another trigger: it is missed, with a row
/// and an event as all that is missed.</summary>
internal static class Overdue
{
    // A try is bounded, as a tick of the scheduler is; and another node may be first, or hold the schedule.
    private const int TriesMax = 1_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private static readonly RunPolicy Missed = new() { Misfire = Misfire.Skip, MisfireGrace = TimeSpan.Zero };

    /// <param name="schedule">Null: nothing is due.</param>
    /// <param name="isConcerned">Whether it still is to be paused or changed, as it was read last.</param>
    /// <exception cref="ConflictException"><c>schedule.changed</c>: others fire it all the time.</exception>
    public static async Task MissAsync(IScheduleStore store, Schedule? schedule, Predicate<Schedule> isConcerned,
        TimeProvider clock, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        for (var tries = 0; tries < TriesMax; tries++)
        {
            if (schedule is not { Trigger: { } trigger, NextDue: { } due } || due > now || !isConcerned(schedule))
                return;
            var plan = OccurrencePlan.Make(trigger, Missed, due, now.AddTicks(1));
            var fire = new ScheduleFire(schedule,
                [.. plan.Occurrences.Select(one => new DueOccurrence(one.DueAt, OccurrenceOutcome.Missed, null))],
                plan.NextDue, plan.LastDue)
            {
                Unrecorded = plan.Unrecorded,
            };
            if (await store.FireAsync([fire], now, stop) is [null])
                await Task.Delay(Pause, clock, stop);
            schedule = await store.FindAsync(schedule.Name, stop);
        }
        throw new ConflictException(
            "schedule.changed", $"The schedule '{schedule!.Name}' keeps changing.", "Try again.");
    }
}
