using Rota.Jobs;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>The statements that end an attempt and, where it was the last one, the job.</summary>
internal static class JobEnd
{
    private const int ErrorCharactersMax = 500;

    /// <summary>Ends one attempt if its token still holds.</summary>
    /// <returns>False when the lease was lost: nothing was written.</returns>
    public static bool Finish(WriteSession session, Finished finished, string node)
    {
        var job = finished.Job;
        var state = JobState.Running.After(finished.Event)
            ?? throw new ArgumentException($"A running job cannot {finished.Event}.", nameof(finished));
        // What would run again does not, when its cancel was asked for and the attempt ended before it heard of it.
        var cancelReason = state.IsFinal ? null : CancelReason(session, job.Id);
        if (session.Db.Run("DELETE FROM running WHERE id = ?1 AND token = ?2", job.Id, job.Token) == 0)
            return false;
        session.Count(job.Queue, job.Kind, JobState.Running, -1);

        if (finished.Error is not null || finished.HasLog)
            InsertAttempt(session, job, finished, node);
        if (cancelReason is not null)
            End(session, finished, JobState.Canceled, node, cancelReason);
        else if (state == JobState.Queued)
            JobInsert.InsertReady(session, job.Id, job.Queue, job.Kind, job.Priority, job.Attempt - 1, job.Crashes);
        else if (!state.IsFinal)
            WaitAgain(session, job, state, finished.DueAt!.Value);
        else
            End(session, finished, state, node, finished.Error?.Message);
        return true;
    }

    private static string? CancelReason(WriteSession session, JobId id)
    {
        using var rows = session.Db.Query("SELECT cancel_reason FROM running WHERE id = ?1", id);
        return rows.Next() ? rows.TextOrNull(0) : null;
    }

    private static void End(WriteSession session, Finished finished, JobState state, string node, string? error)
    {
        var job = finished.Job;
        var reason = state == JobState.Failed ? finished.Reason : FailReason.None;
        InsertOutcome(session, new Ending(job.Id, job.Kind, job.Queue, state, reason, job.Attempt, node,
            finished.StartedAt, finished.EndedAt, error));
        if (finished.Output is { } output)
            session.Db.Run("INSERT INTO output (id, json) VALUES (?1, ?2)", job.Id, output);
        if (!finished.IsKept)
            JobDelete.Delete(session, job.Id);
    }

    private static void InsertAttempt(WriteSession session, Claimed job, Finished finished, string node) =>
        InsertAttempt(session, new Attempt
        {
            JobId = job.Id,
            Token = job.Token,
            Number = job.Attempt,
            Node = node,
            StartedAt = finished.StartedAt,
            EndedAt = finished.EndedAt,
            Outcome = finished.Outcome,
            Error = finished.Error,
        });

    public static void InsertAttempt(WriteSession session, Attempt attempt) =>
        session.Db.Run("""
            INSERT INTO attempt (id, token, number, node, started_at, ended_at, outcome,
                                 error_type, error_message, error_stack)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """, attempt.JobId, attempt.Token, attempt.Number, attempt.Node, attempt.StartedAt, attempt.EndedAt,
            (int)attempt.Outcome!, attempt.Error?.Type, attempt.Error?.Message, attempt.Error?.Stack);

    private static void WaitAgain(WriteSession session, Claimed job, JobState state, DateTimeOffset dueAt)
    {
        // A snooze counts no attempt. Both clear the crashes: those are counted one after the other.
        var attempt = state == JobState.Scheduled ? job.Attempt - 1 : job.Attempt;
        session.Db.Run("""
            INSERT INTO waiting (id, state, due_at, attempt, crashes)
            VALUES (?1, ?2, ?3, ?4, 0)
            """, job.Id, state, dueAt, attempt);
        session.Count(job.Queue, job.Kind, state, +1);
        session.MadeWaiting = true;
    }

    /// <summary>A job's last row: it never changes from here on.</summary>
    /// <param name="Error">Cut to 500 characters.</param>
    public sealed record Ending(JobId Id, string Kind, string Queue, JobState State, FailReason Reason, int Attempt,
        string? Node, DateTimeOffset? StartedAt, DateTimeOffset EndedAt, string? Error);

    /// <summary>Ends a job that the caller has taken out of its former state, and frees who waited for it.</summary>
    public static void InsertOutcome(WriteSession session, Ending ending)
    {
        var pending = new Queue<Ending>([ending]);
        while (pending.TryDequeue(out var next))
        {
            InsertRow(session, next);
            if (session.UsesUniqueKeys)
                ReleaseKey(session, next.Id);
            if (session.UsesDependencies)
                ReleaseDependents(session, next, pending);
        }
    }

    private static void InsertRow(WriteSession session, Ending ending)
    {
        var error = ending.Error is { Length: > ErrorCharactersMax }
            ? ending.Error[..ErrorCharactersMax] : ending.Error;
        session.Db.Run("""
            INSERT INTO outcome (id, kind, queue, state, reason, attempt, node, started_at, ended_at, error)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """, ending.Id, ending.Kind, ending.Queue, ending.State, (int)ending.Reason, ending.Attempt, ending.Node,
            ending.StartedAt, ending.EndedAt, error);
        session.Count(ending.Queue, ending.Kind, ending.State, +1);
    }

    private static void ReleaseKey(WriteSession session, JobId id) =>
        session.Db.Run("DELETE FROM unique_key WHERE id = ?1 AND expires_at IS NULL", id);

    /// <summary>A claimed job gives up a key that it holds only while it waits.</summary>
    public static void ReleaseKeyOnClaim(WriteSession session, JobId id) =>
        session.Db.Run("DELETE FROM unique_key WHERE id = ?1 AND scope = 0", id);

    private static void ReleaseDependents(WriteSession session, Ending ended, Queue<Ending> pending)
    {
        foreach (var dependent in Dependents(session, ended.Id))
        {
            if (dependent.Rule == DependencyRule.AllSucceeded && ended.State != JobState.Succeeded)
            {
                session.Db.Run("DELETE FROM dependency WHERE id = ?1", dependent.Id);
                session.Db.Run("DELETE FROM waiting WHERE id = ?1", dependent.Id);
                session.Count(dependent.Queue, dependent.Kind, JobState.Blocked, -1);
                pending.Enqueue(new Ending(dependent.Id, dependent.Kind, dependent.Queue, JobState.Canceled,
                    FailReason.None, 0, Node: null, StartedAt: null, ended.EndedAt,
                    $"Job {ended.Id}, which had to succeed first, {Word(ended.State)}."));
                continue;
            }
            session.Db.Run("DELETE FROM dependency WHERE on_id = ?1 AND id = ?2", ended.Id, dependent.Id);
            session.Db.Run("UPDATE waiting SET blockers = blockers - 1 WHERE id = ?1", dependent.Id);
            if (session.Db.Run("DELETE FROM waiting WHERE id = ?1 AND state = 1 AND blockers = 0", dependent.Id) == 0)
                continue;
            session.Count(dependent.Queue, dependent.Kind, JobState.Blocked, -1);
            JobInsert.InsertReady(session, dependent.Id, dependent.Queue, dependent.Kind, dependent.Priority, 0, 0);
        }
    }

    private static string Word(JobState state) => state == JobState.Failed ? "failed" : "was canceled";

    private sealed record Dependent(JobId Id, DependencyRule Rule, string Queue, string Kind, int Priority);

    private static List<Dependent> Dependents(WriteSession session, JobId on)
    {
        var found = new List<Dependent>();
        using var rows = session.Db.Query("""
            SELECT dependency.id, dependency.rule, job.queue, job.kind, job.priority
            FROM dependency
            JOIN job ON job.id = dependency.id
            WHERE dependency.on_id = ?1
            ORDER BY dependency.id
            """, on);
        while (rows.Next())
        {
            found.Add(new Dependent(
                rows.JobId(0), (DependencyRule)rows.Int32(1), rows.Text(2), rows.Text(3), rows.Int32(4)));
        }
        return found;
    }
}
