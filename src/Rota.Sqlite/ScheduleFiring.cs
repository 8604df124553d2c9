using Rota.Events;
using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>The statements that write what became of due occurrences.</summary>
internal static class ScheduleFiring
{
    private const int NewestKept = 100, MostKept = 10_000;
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(31);

    /// <returns>By fire; null when somebody was first, and then nothing was written of it.</returns>
    public static Fired?[] Fire(WriteSession session, IReadOnlyList<ScheduleFire> fires, DateTimeOffset now)
    {
        var fired = new Fired?[fires.Count];
        foreach (var at in session.Starts.InTurn(fires, FirstJob))
            fired[at] = Fire(session, fires[at], now);
        return fired;
    }

    private static JobTemplate? FirstJob(ScheduleFire fire) =>
        fire.Occurrences.FirstOrDefault(one => one.Job is not null).Job?.Template;

    private static Fired? Fire(WriteSession session, ScheduleFire fire, DateTimeOffset now)
    {
        if (!Move(session, fire))
            return null;
        // A due time comes again when the clock was set back and the trigger edited then: it stays as it was decided.
        return new Fired(Write(session, fire.Schedule, fire.Occurrences, now, """
            INSERT INTO occurrence (schedule, due_at, outcome, job_id, is_open, at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (schedule, due_at) DO NOTHING
            """, isBackfill: false, fire.Unrecorded, fire.LastDue));
    }

    public static IReadOnlyList<Occurrence> Backfill(
        WriteSession session, Schedule schedule, IReadOnlyList<DueOccurrence> occurrences, DateTimeOffset now) =>
        Write(session, schedule, occurrences, now, """
            INSERT INTO occurrence (schedule, due_at, outcome, job_id, is_open, at)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6
            WHERE EXISTS (SELECT 1 FROM schedule WHERE name = ?1)
            ON CONFLICT (schedule, due_at) DO UPDATE
            SET outcome = excluded.outcome, job_id = excluded.job_id, is_open = excluded.is_open, at = excluded.at
            WHERE outcome IN (1, 2, 3)
            """, isBackfill: true);

    private static bool Move(WriteSession session, ScheduleFire fire) =>
        session.Db.Run("""
            UPDATE schedule_due
            SET next_due = ?4, last_due = ?5
            WHERE name = ?1 AND version = ?2 AND next_due = ?3
            """, fire.Schedule.Name, fire.Schedule.Version, fire.Schedule.NextDue, fire.NextDue, fire.LastDue) > 0;

    /// <param name="insert">Writes the row of an occurrence, or changes none.</param>
    /// <returns>Those whose row was written.</returns>
    private static List<Occurrence> Write(WriteSession session, Schedule schedule,
        IReadOnlyList<DueOccurrence> occurrences, DateTimeOffset now, string insert, bool isBackfill,
        int unrecorded = 0, DateTimeOffset lastDue = default)
    {
        var written = new List<Occurrence>(occurrences.Count);
        var limit = schedule.Policy.MaxRunning is null ? null
            : new RunLimit(schedule.Policy, ScheduleLimits.Open(session, schedule.Name), isBackfill);
        foreach (var due in occurrences)
        {
            JobId? id = due.Job is null ? null : session.NextJobId();
            if (session.Db.Run(insert, schedule.Name, due.DueAt, (int)due.Outcome, id,
                limit is not null && id is not null, now) == 0)
                continue;
            var occurrence = due.Job is { } job
                ? Enqueue(session, due, job, id!.Value, limit, now)
                : new Occurrence(due.DueAt, due.Outcome, null, now);
            if (occurrence.Outcome == OccurrenceOutcome.Skipped)
                NoteSkipped(session, schedule.Name, occurrence);
            written.Add(occurrence);
        }
        SqliteEvents.Append(session, ScheduleEvents.Of(schedule.Name, written, unrecorded, lastDue, now));
        return written;
    }

    private static void NoteSkipped(WriteSession session, string schedule, Occurrence occurrence) =>
        session.Db.Run("""
            UPDATE occurrence
            SET job_id = ?3, outcome = ?4, is_open = 0
            WHERE schedule = ?1 AND due_at = ?2
            """, schedule, occurrence.DueAt, occurrence.JobId, (int)occurrence.Outcome);

    private static Occurrence Enqueue(
        WriteSession session, DueOccurrence due, NewJob job, JobId id, RunLimit? limit, DateTimeOffset now)
    {
        var admission = limit?.Next();
        if (admission?.SkippedFor is { } holder)
            return new Occurrence(due.DueAt, OccurrenceOutcome.Skipped, holder, now);
        foreach (var old in admission?.Cancel ?? [])
            JobMoves.Cancel(session, old, RunLimit.CancelReason, now);
        var enqueued = JobInsert.Insert(session, RunLimit.Behind(job, admission), now, id);
        if (!enqueued.IsNew)
            return new Occurrence(due.DueAt, OccurrenceOutcome.Skipped, enqueued.Id, now);
        limit?.Add(enqueued.Id, admission!);
        return new Occurrence(due.DueAt, due.Outcome, enqueued.Id, now);
    }

    public static void DropOld(WriteSession session, string schedule, DateTimeOffset now) =>
        session.Db.Run("""
            DELETE FROM occurrence
            WHERE schedule = ?1 AND (
                due_at < min(?2, coalesce((
                    SELECT due_at FROM occurrence WHERE schedule = ?1 ORDER BY due_at DESC LIMIT 1 OFFSET ?3
                ), 0))
                OR due_at < (
                    SELECT due_at FROM occurrence WHERE schedule = ?1 ORDER BY due_at DESC LIMIT 1 OFFSET ?4
                ))
            """, schedule, now - KeptFor, NewestKept - 1, MostKept - 1);
}
