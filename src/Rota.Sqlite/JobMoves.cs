using Rota.Events;
using Rota.Jobs;
using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>The statements that move a job outside a worker's hands: due, rescue, cancel, hurry.</summary>
internal static class JobMoves
{
    private sealed record Held(JobId Id, string Queue, string Kind, int Priority, int Attempt, int Crashes,
        JobState State, long Token, string Node, DateTimeOffset StartedAt);

    public static Promoted Promote(WriteSession session, DateTimeOffset now, int limit)
    {
        var due = Due(session.Db, now, limit);
        foreach (var job in due)
            MoveToReady(session, job);
        return new Promoted(due.Count, NextDue(session.Db));
    }

    private static List<Held> Due(SqliteConnection db, DateTimeOffset now, int limit)
    {
        var due = new List<Held>();
        using var rows = db.Query("""
            SELECT waiting.id, job.queue, job.kind, job.priority, waiting.attempt, waiting.crashes, waiting.state
            FROM waiting INDEXED BY waiting_due
            CROSS JOIN job ON job.id = waiting.id
            WHERE waiting.due_at <= ?1 AND waiting.state <> 1
            ORDER BY waiting.due_at, waiting.id
            LIMIT ?2
            """, now, limit);
        while (rows.Next())
            due.Add(ReadWaiting(rows));
        return due;
    }

    private static Held ReadWaiting(in Rows rows) => new(rows.JobId(0), rows.Text(1), rows.Text(2), rows.Int32(3),
        rows.Int32(4), rows.Int32(5), (JobState)rows.Int32(6), Token: 0, Node: "", default);

    private static void MoveToReady(WriteSession session, Held job)
    {
        session.Db.Run("DELETE FROM waiting WHERE id = ?1", job.Id);
        session.Count(job.Queue, job.Kind, job.State, -1);
        JobInsert.InsertReady(session, job.Id, job.Queue, job.Kind, job.Priority, job.Attempt, job.Crashes);
    }

    private static DateTimeOffset? NextDue(SqliteConnection db)
    {
        using var rows = db.Query("""
            SELECT due_at
            FROM waiting INDEXED BY waiting_due
            WHERE due_at IS NOT NULL AND state <> 1
            ORDER BY due_at
            LIMIT 1
            """);
        return rows.Next() ? rows.Instant(0) : null;
    }

    public static bool Hurry(WriteSession session, JobId id)
    {
        Held? job = null;
        using (var rows = session.Db.Query("""
            SELECT waiting.id, job.queue, job.kind, job.priority, waiting.attempt, waiting.crashes, waiting.state
            FROM waiting
            JOIN job ON job.id = waiting.id
            WHERE waiting.id = ?1 AND waiting.state IN (0, 4)
            """, id))
        {
            if (rows.Next())
                job = ReadWaiting(rows);
        }
        if (job is not null)
            MoveToReady(session, job);
        return job is not null;
    }

    /// <summary>Every row of an earlier process of this database belongs to a process that is dead.</summary>
    public static int Rescue(WriteSession session, RescueRule rule, DateTimeOffset now)
    {
        var lost = Lost(session);
        foreach (var job in lost)
            Rescue(session, job, rule, now);
        return lost.Count;
    }

    private static List<Held> Lost(WriteSession session)
    {
        var lost = new List<Held>();
        using var rows = session.Db.Query("""
            SELECT running.id, job.queue, job.kind, job.priority, running.attempt, running.crashes,
                   running.token, running.node, running.started_at
            FROM running
            JOIN job ON job.id = running.id
            WHERE running.token < ?1
            ORDER BY running.id
            """, session.FirstToken);
        while (rows.Next())
        {
            lost.Add(new Held(rows.JobId(0), rows.Text(1), rows.Text(2), rows.Int32(3), rows.Int32(4), rows.Int32(5),
                JobState.Running, rows.Int64(6), rows.Text(7), rows.Instant(8)));
        }
        return lost;
    }

    private static void Rescue(WriteSession session, Held job, RescueRule rule, DateTimeOffset now)
    {
        var rest = ReadRest(session.Db, job.Id);
        session.Db.Run("DELETE FROM running WHERE id = ?1", job.Id);
        session.Count(job.Queue, job.Kind, JobState.Running, -1);

        // A job that was taken ahead has probably only waited: its attempt is not counted. But it may have just begun,
        // so the crash is, and from then on it is never taken ahead: if it is the culprit, the next time will tell.
        var attempt = rest.IsPrefetched ? job.Attempt - 1 : job.Attempt;
        var crashes = job.Crashes + 1;
        var lost = $"The process of node {job.Node} ended while "
            + (rest.IsPrefetched ? "this job waited in it or had just begun; not counted." : "this attempt ran.");
        InsertLostAttempt(session, job, lost, now);
        var (state, reason, note) =
            rest.CancelReason is not null ? (JobState.Canceled, FailReason.None, rest.CancelReason)
            : crashes >= rule.CrashesMax ? (JobState.Failed, FailReason.Crashed,
                $"In quarantine: {crashes} processes in a row ended while they ran this job.")
            : attempt >= rest.Settings.MaxAttempts ? (JobState.Failed, FailReason.Lost, lost)
            : (JobState.Queued, FailReason.None, "");
        if (state == JobState.Queued)
        {
            JobInsert.InsertReady(session, job.Id, job.Queue, job.Kind, job.Priority, attempt, crashes);
            return;
        }
        JobEnd.InsertOutcome(session, new(job.Id, job.Kind, job.Queue, state, reason, attempt, job.Node,
            job.StartedAt, now, note));
        if (JobEvents.IsEvent(state, rest.Schedule))
            SqliteEvents.Append(session, [JobEvents.Of(job.Id, job.Kind, rest.Schedule, state, now, note)]);
    }

    private static void InsertLostAttempt(WriteSession session, Held job, string message, DateTimeOffset now) =>
        JobEnd.InsertAttempt(session, new Attempt
        {
            JobId = job.Id,
            Token = job.Token,
            Number = job.Attempt,
            Node = job.Node,
            StartedAt = job.StartedAt,
            EndedAt = now,
            Outcome = AttemptOutcome.Lost,
            Error = new AttemptError("lost", message, Stack: null),
        });

    private static (string? CancelReason, bool IsPrefetched, JobSettings Settings, string? Schedule) ReadRest(
        SqliteConnection db, JobId id)
    {
        using var rows = db.Query("""
            SELECT running.cancel_reason, running.is_prefetched, job.settings, job.schedule
            FROM running
            JOIN job ON job.id = running.id
            WHERE running.id = ?1
            """, id);
        rows.Next();
        return (rows.TextOrNull(0), rows.Bool(1), JobSettings.Parse(rows.BlobOrNull(2)), rows.TextOrNull(3));
    }

    public static CancelOutcome? Cancel(WriteSession session, JobId id, string reason, DateTimeOffset now)
    {
        var found = JobReads.FindAsked(session.Db, id);
        if (found is null)
            return null;
        var was = found.State;
        if (was == JobState.Running)
        {
            session.Db.Run("UPDATE running SET cancel_reason = ?2 WHERE id = ?1 AND cancel_reason IS NULL", id, reason);
            session.AskedCancel = true;
        }
        else if (was.After(JobEvent.Cancel) is { } state)
        {
            TakeOut(session, found);
            JobEnd.InsertOutcome(session, new(id, found.Kind, found.Queue, state, FailReason.None, found.Attempt,
                Node: null, StartedAt: null, now, reason));
        }
        return new CancelOutcome(id, was, found.Node);
    }

    private static void TakeOut(WriteSession session, Job job)
    {
        if (job.State == JobState.Queued)
        {
            session.Db.Run("DELETE FROM ready WHERE queue = ?1 AND priority = ?2 AND id = ?3",
                job.Queue, job.Priority, job.Id);
        }
        else
        {
            session.Db.Run("DELETE FROM waiting WHERE id = ?1", job.Id);
            session.Db.Run("DELETE FROM dependency WHERE id = ?1", job.Id);
        }
        session.Count(job.Queue, job.Kind, job.State, -1);
    }
}
