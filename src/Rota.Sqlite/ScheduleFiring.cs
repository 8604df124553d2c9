using Rota.Schedules;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>The statements that write what became of due occurrences.</summary>
internal static class ScheduleFiring
{
    private const int NewestKept = 100;
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(31);

    /// <returns>How many jobs are new; null when somebody was first, and then nothing was written.</returns>
    public static int? Fire(WriteSession session, ScheduleFire fire, DateTimeOffset now)
    {
        if (!Move(session, fire))
            return null;
        var count = 0;
        foreach (var occurrence in fire.Occurrences)
            count += Insert(session, fire.Schedule.Name, occurrence, now) ? 1 : 0;
        DropOld(session, fire.Schedule.Name, now);
        return count;
    }

    private static bool Move(WriteSession session, ScheduleFire fire) =>
        session.Db.Run("""
            UPDATE schedule
            SET next_due = ?4, last_due = ?5
            WHERE name = ?1 AND version = ?2 AND next_due = ?3 AND paused = 0
            """, fire.Schedule.Name, fire.Schedule.Version, fire.Schedule.NextDue, fire.NextDue, fire.LastDue) > 0;

    /// <returns>Whether a new job was enqueued.</returns>
    private static bool Insert(WriteSession session, string schedule, DueOccurrence occurrence, DateTimeOffset now)
    {
        // A due time comes again when the clock was set back and the trigger edited then: it stays as it was decided.
        var isFirst = session.Db.Run("""
            INSERT INTO occurrence (schedule, due_at, outcome, at)
            VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (schedule, due_at) DO NOTHING
            """, schedule, occurrence.DueAt, (int)occurrence.Outcome, now) > 0;
        if (!isFirst || occurrence.Job is not { } job)
            return false;
        var enqueued = JobInsert.Insert(session, job, now);
        session.Db.Run("""
            UPDATE occurrence
            SET job_id = ?3, outcome = ?4
            WHERE schedule = ?1 AND due_at = ?2
            """, schedule, occurrence.DueAt, enqueued.Id,
            (int)(enqueued.IsNew ? occurrence.Outcome : OccurrenceOutcome.Skipped));
        return enqueued.IsNew;
    }

    private static void DropOld(WriteSession session, string schedule, DateTimeOffset now) =>
        session.Db.Run("""
            DELETE FROM occurrence
            WHERE schedule = ?1 AND due_at < ?2 AND due_at < (
                SELECT due_at
                FROM occurrence
                WHERE schedule = ?1
                ORDER BY due_at DESC
                LIMIT 1 OFFSET ?3
            )
            """, schedule, now - KeptFor, NewestKept - 1);
}
