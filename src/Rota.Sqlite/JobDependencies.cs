using Rota.Jobs;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>The statements about jobs that wait for other jobs.</summary>
/// <remarks>An edge stays as long as the job that waited; beside it stands a dependency for as long as it
/// waits.</remarks>
internal static class JobDependencies
{
    /// <summary>What the end of a job means for those that wait for it.</summary>
    /// <param name="pending">Takes those that end by it.</param>
    public static void Release(WriteSession session, JobEnd.Ending ended, Queue<JobEnd.Ending> pending)
    {
        var noted = session.Db.Run(
            "UPDATE job_edge SET state = ?2 WHERE on_id = ?1 AND state IS NULL", ended.Id, ended.State);
        if (noted == 0)
            return;
        foreach (var dependent in Dependents(session, ended.Id))
        {
            if (dependent.Rule == DependencyRule.AllSucceeded && ended.State != JobState.Succeeded)
            {
                session.Db.Run("DELETE FROM dependency WHERE id = ?1", dependent.Id);
                session.Db.Run("DELETE FROM waiting WHERE id = ?1", dependent.Id);
                session.Count(dependent.Queue, dependent.Kind, JobState.Blocked, -1);
                pending.Enqueue(new JobEnd.Ending(dependent.Id, dependent.Kind, dependent.Queue, JobState.Canceled,
                    FailReason.None, 0, Node: null, StartedAt: null, ended.EndedAt,
                    $"Job {ended.Id}, which had to succeed first, {Word(ended.State)}."));
                continue;
            }
            session.Db.Run("DELETE FROM dependency WHERE on_id = ?1 AND id = ?2", ended.Id, dependent.Id);
            session.Db.Run("UPDATE waiting SET blockers = blockers - 1 WHERE id = ?1", dependent.Id);
            Free(session, dependent, ended.EndedAt);
        }
    }

    /// <summary>Lets it go where nothing blocks it any more.</summary>
    private static void Free(WriteSession session, Dependent job, DateTimeOffset now)
    {
        const string free = "id = ?1 AND state = 1 AND blockers = 0";
        if (session.Db.Run($"DELETE FROM waiting WHERE {free} AND coalesce(due_at <= ?2, true)", job.Id, now) > 0)
            JobInsert.InsertReady(session, job.Id, job.Queue, job.Kind, job.Priority, 0, 0);
        else if (session.Db.Run($"UPDATE waiting SET state = 0 WHERE {free}", job.Id) > 0)
        {
            session.Count(job.Queue, job.Kind, JobState.Scheduled, +1);
            session.MadeWaiting = true;
        }
        else
            return;
        session.Count(job.Queue, job.Kind, JobState.Blocked, -1);
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

    /// <summary>Notes for which jobs a new one waits.</summary>
    /// <param name="before">What became of the jobs that stand before it in the same insert.</param>
    /// <returns>How many of them have not ended yet.</returns>
    /// <exception cref="InvalidFieldException"><c>depends_on</c>: not there, or can never succeed.</exception>
    public static int Insert(
        WriteSession session, JobId id, JobTemplate template, ReadOnlySpan<Enqueued> before)
    {
        var blockers = TakeOver(session, id, template.RetryOf);
        foreach (var on in template.DependsOn.Concat(New(template, before)).Distinct())
        {
            var ended = EndedState(session, on, id);
            if (ended is not null and not JobState.Succeeded && template.DependencyRule == DependencyRule.AllSucceeded)
            {
                throw new InvalidFieldException("depends_on",
                    $"Job {on} is {ended.Value.ToString().ToLowerInvariant()}, "
                    + "so a job that needs its success can never run.",
                    "Retry that job and depend on the retry, or set dependency_rule to all_ended.");
            }
            blockers += InsertEdge(session, new JobEdge(id, on, ended), template.DependencyRule);
        }
        return blockers;
    }

    private static JobId[] New(JobTemplate template, ReadOnlySpan<Enqueued> before)
    {
        var ids = new JobId[template.DependsOnNew.Count];
        for (var at = 0; at < ids.Length; at++)
            ids[at] = before[template.DependsOnNew[at]].Id;
        return ids;
    }

    /// <summary>A retry stands where the retried job stood, and waits for what has not ended, however that ends.
    /// </summary>
    private static int TakeOver(WriteSession session, JobId id, JobId? retryOf)
    {
        if (retryOf is not { } of || !session.UsesDependencies)
            return 0;
        var edges = SqliteFlows.Dependencies(session.Db, of, int.MaxValue);
        return edges.Sum(edge => InsertEdge(session, edge with { Id = id }, DependencyRule.AllEnded));
    }

    /// <returns>1 when it blocks.</returns>
    private static int InsertEdge(WriteSession session, JobEdge edge, DependencyRule rule)
    {
        session.UsesDependencies = true;
        session.Db.Run("INSERT INTO job_edge (id, on_id, state) VALUES (?1, ?2, ?3)",
            edge.Id, edge.OnId, (int?)edge.State);
        if (edge.State is not null)
            return 0;
        session.Db.Run("INSERT INTO dependency (on_id, id, rule) VALUES (?1, ?2, ?3)", edge.OnId, edge.Id, (int)rule);
        return 1;
    }

    /// <returns>The final state of a job, or null when it has not ended.</returns>
    private static JobState? EndedState(WriteSession session, JobId on, JobId self)
    {
        using var rows = session.Db.Query("""
            SELECT outcome.state
            FROM job
            LEFT JOIN outcome ON outcome.id = job.id
            WHERE job.id = ?1
            """, on);
        if (on == self || !rows.Next())
        {
            throw new InvalidFieldException("depends_on", $"There is no job {on}.",
                "A job can depend only on jobs that were enqueued before it, so a cycle cannot be made.");
        }
        return rows.IsNull(0) ? null : (JobState)rows.Int32(0);
    }
}
