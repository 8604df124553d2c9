using Rota.Jobs;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>The statements that end an attempt and, where it was the last one, the job.</summary>
internal static class JobEnd
{
    private const int ErrorCharactersMax = 500;

    /// <summary>Ends one attempt if its token still holds, and inserts the job that comes next if there is one.
    /// </summary>
    /// <returns>False when the lease was lost: nothing was written.</returns>
    public static bool Finish(WriteSession session, Finished finished, string node, DateTimeOffset now)
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
        if (finished.Next is { } next && state == JobState.Succeeded)
            InsertNext(session, next, now);
        if (!finished.IsKept)
            JobDelete.Delete(session, job.Id);
        return true;
    }

    private static void InsertNext(WriteSession session, in NewJob next, DateTimeOffset now)
    {
        if (!JobInsert.Insert(session, next, now).IsNew)
            JobInsert.Insert(session, next with { Template = next.Template with { Unique = null } }, now);
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
                JobDependencies.Release(session, next, pending);
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
}
