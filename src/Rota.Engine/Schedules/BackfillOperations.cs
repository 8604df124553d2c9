using Rota.Jobs;
using Rota.Storage;

namespace Rota.Schedules;

/// <summary>What a back-fill does, or would do.</summary>
/// <param name="Due">The due times in the range that had no job, oldest first.</param>
/// <param name="Enqueued">How many of them have one now; 0 in a dry run.</param>
public sealed record Backfill(IReadOnlyList<DateTimeOffset> Due, int Enqueued);

/// <summary>Enqueues jobs for due times of the past.</summary>
public sealed class BackfillOperations(IScheduleStore store, HandlerRegistry handlers, TimeProvider clock)
{
    /// <summary>Due times of one call at most.</summary>
    public const int DueMax = 10_000;

    private const int AtOnce = 1_000, OccurrencesMax = 1_000;

    /// <summary>Enqueues a job for each due time of a range that has none: a time before the schedule was made, in a
    /// pause, missed, coalesced or skipped. The schedule goes on as it does.</summary>
    /// <remarks>Doing it again does nothing. Occurrences whose rows were dropped with age count as not run.</remarks>
    /// <param name="from">First instant of the range.</param>
    /// <param name="to">Last instant of the range; not after now.</param>
    /// <exception cref="NotFoundException"><c>schedule.not_found</c>.</exception>
    /// <exception cref="ConflictException"><c>schedule.broken</c>.</exception>
    /// <exception cref="InvalidFieldException"><c>from</c> or <c>to</c>: not a range of the past, or with over 10,000
    /// due times.</exception>
    public async Task<Backfill> RunAsync(
        string name, DateTimeOffset from, DateTimeOffset to, bool isDryRun, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var schedule = await store.FindAsync(name, stop) ?? throw ScheduleOperations.NotThere(name);
        var trigger = ScheduleOperations.Readable(schedule);
        if (to > now)
            throw new InvalidFieldException("to", $"to is {to:O}, which is after now.",
                "Write an instant of the past.");
        if (from > to)
            throw new InvalidFieldException("from", $"from is {from:O}, which is after to.", "Write an earlier one.");
        var due = await DueAsync(schedule, trigger, from, to, stop);
        if (isDryRun)
            return new Backfill(due, 0);
        var enqueued = 0;
        foreach (var part in due.Chunk(AtOnce))
        {
            var occurrences = part.Select(at => ScheduleJobs.ToDue(
                schedule, new PlannedOccurrence(at, OccurrenceOutcome.Backfilled), handlers, now)).ToList();
            var done = await store.BackfillAsync(schedule, occurrences, now, stop);
            enqueued += done.Count(one => one.Outcome == OccurrenceOutcome.Backfilled);
        }
        return new Backfill(due, enqueued);
    }

    private async Task<IReadOnlyList<DateTimeOffset>> DueAsync(
        Schedule schedule, Trigger trigger, DateTimeOffset from, DateTimeOffset to, CancellationToken stop)
    {
        var ran = await RanAsync(schedule.Name, from, to, stop);
        var due = new List<DateTimeOffset>();
        // What is due by now and not decided is the scheduler's.
        for (var at = OccurrencePlan.Next(trigger, from.AddTicks(-1));
             at is { } next && next <= to && !(next >= schedule.NextDue);
             at = OccurrencePlan.Next(trigger, next))
        {
            if (ran.Contains(next))
                continue;
            if (due.Count == DueMax)
                throw new InvalidFieldException("from", $"Over {DueMax:N0} due times fall between from and to.",
                    $"Take a shorter range, such as up to {next:O}, and then the next one.");
            due.Add(next);
        }
        return due;
    }

    private async Task<HashSet<DateTimeOffset>> RanAsync(
        string name, DateTimeOffset from, DateTimeOffset to, CancellationToken stop)
    {
        var ran = new HashSet<DateTimeOffset>();
        DateTimeOffset? before = to.AddTicks(TimeSpan.TicksPerMicrosecond);
        while (before > from)
        {
            var page = await store.OccurrencesAsync(name, before, OccurrencesMax, stop);
            ran.UnionWith(page
                .Where(one => one.Outcome is OccurrenceOutcome.Enqueued or OccurrenceOutcome.Backfilled)
                .Select(one => one.DueAt));
            before = page.Count == OccurrencesMax ? page[^1].DueAt : null;
        }
        return ran;
    }
}
