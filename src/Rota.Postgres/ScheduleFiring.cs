using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>The statements that write what became of due occurrences.</summary>
internal static class ScheduleFiring
{
    private const int NewestKept = 100;
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(31);

    /// <summary>The jobs that occurrences may enqueue, in their order.</summary>
    public static IReadOnlyList<NewJob> JobsOf(IEnumerable<DueOccurrence> occurrences) =>
        [.. occurrences.Where(occurrence => occurrence.Job is not null).Select(occurrence => occurrence.Job!.Value)];

    /// <returns>How many jobs are new; null when somebody was first, and then nothing was written.</returns>
    public static async Task<int?> FireAsync(PostgresSession session, ScheduleFire fire, DateTimeOffset now)
    {
        if (!await MoveAsync(session, fire))
            return null;
        var fired = await InsertAsync(session, fire, now);
        var enqueued = await JobInsert.InsertAsync(session, JobsOf(fired), now);
        await NameJobsAsync(session, fire.Schedule.Name, fired, enqueued);
        await DropOldAsync(session, fire.Schedule.Name, now);
        return enqueued.Count(job => job.IsNew);
    }

    // Of several nodes that fire at once one is first; the others wait here for it, and then find the row changed.
    private static async Task<bool> MoveAsync(PostgresSession session, ScheduleFire fire) =>
        await session.RunAsync("""
            UPDATE rota.schedule
            SET next_due = $4, last_due = $5
            WHERE name = $1 AND version = $2 AND next_due = $3 AND NOT is_paused
            """, fire.Schedule.Name, fire.Schedule.Version, fire.Schedule.NextDue, fire.NextDue, fire.LastDue) > 0;

    /// <returns>Those that are there for the first time.</returns>
    private static async Task<List<DueOccurrence>> InsertAsync(
        PostgresSession session, ScheduleFire fire, DateTimeOffset now)
    {
        // A due time comes again when the clock was set back and the trigger edited then: it stays as it was decided.
        var first = (await session.ListAsync("""
            INSERT INTO rota.occurrence (schedule, due_at, outcome, at)
            SELECT $1, due.due_at, due.outcome, $4
            FROM unnest($2, $3) AS due (due_at, outcome)
            ON CONFLICT (schedule, due_at) DO NOTHING
            RETURNING due_at
            """, rows => rows.GetInt64(0), fire.Schedule.Name,
            fire.Occurrences.Select(occurrence => occurrence.DueAt.ToMicroseconds()).ToArray(),
            fire.Occurrences.Select(occurrence => (int)occurrence.Outcome).ToArray(), now)).ToHashSet();
        return [.. fire.Occurrences.Where(occurrence => first.Remove(occurrence.DueAt.ToMicroseconds()))];
    }

    /// <param name="enqueued">Of the occurrences with a job, in their order.</param>
    private static Task<int> NameJobsAsync(PostgresSession session, string schedule,
        IEnumerable<DueOccurrence> fired, IReadOnlyList<Enqueued> enqueued)
    {
        var withJob = fired.Where(occurrence => occurrence.Job is not null).ToList();
        return session.RunAsync("""
            UPDATE rota.occurrence
            SET job_id = made.job_id, outcome = CASE WHEN made.is_new THEN occurrence.outcome ELSE $5 END
            FROM unnest($2, $3, $4) AS made (due_at, job_id, is_new)
            WHERE occurrence.schedule = $1 AND occurrence.due_at = made.due_at
            """, schedule,
            withJob.Select(occurrence => occurrence.DueAt.ToMicroseconds()).ToArray(),
            enqueued.Select(job => job.Id.Value).ToArray(),
            enqueued.Select(job => job.IsNew).ToArray(), OccurrenceOutcome.Skipped);
    }

    private static Task<int> DropOldAsync(PostgresSession session, string schedule, DateTimeOffset now) =>
        session.RunAsync("""
            DELETE FROM rota.occurrence
            WHERE schedule = $1 AND due_at < $2 AND due_at < (
                SELECT due_at
                FROM rota.occurrence
                WHERE schedule = $1
                ORDER BY due_at DESC
                LIMIT 1 OFFSET $3
            )
            """, schedule, now - KeptFor, NewestKept - 1);
}
