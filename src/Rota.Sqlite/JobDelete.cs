using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>The statements that remove ended jobs for good.</summary>
internal static class JobDelete
{
    private sealed record Old(JobId Id, string Kind, string Queue, JobState State, DateTimeOffset EndedAt);

    /// <summary>Looks at a bounded number of the oldest ended jobs and deletes those that are kept no longer.</summary>
    public static Pruned Prune(WriteSession session, Retention rule, DateTimeOffset now)
    {
        session.Db.Run("DELETE FROM unique_key WHERE expires_at <= ?1", now);
        var deleted = 0;
        var seen = OldestEnded(session, now - rule.Shortest, rule.Limit);
        foreach (var job in seen)
        {
            if (job.EndedAt > now - rule.KeepFor(job.Kind, job.State))
                continue;
            if (Delete(session, job.Id))
                deleted++;
        }
        var isMore = seen.Count == rule.Limit;
        session.PrunedTo = isMore ? (seen[^1].EndedAt.ToMicroseconds(), seen[^1].Id.Value) : default;
        return new Pruned(deleted, isMore);
    }

    private static List<Old> OldestEnded(WriteSession session, DateTimeOffset until, int limit)
    {
        var found = new List<Old>(limit);
        using var rows = session.Db.Query("""
            SELECT id, kind, queue, state, ended_at
            FROM outcome INDEXED BY outcome_ended
            WHERE (ended_at, id) > (?1, ?2) AND ended_at <= ?3
            ORDER BY ended_at, id
            LIMIT ?4
            """, session.PrunedTo.EndedAt, session.PrunedTo.Id, until, limit);
        while (rows.Next())
            found.Add(new Old(rows.JobId(0), rows.Text(1), rows.Text(2), (JobState)rows.Int32(3), rows.Instant(4)));
        return found;
    }

    /// <summary>Deletes one ended job and all that hangs on it.</summary>
    /// <returns>False when a job depends on it that has not ended, and may need its output.</returns>
    public static bool Delete(WriteSession session, JobId id)
    {
        if (session.UsesDependencies && IsAwaited(session, id))
            return false;
        using (var rows = session.Db.Query("SELECT queue, kind, state FROM outcome WHERE id = ?1", id))
        {
            if (!rows.Next())
                return false;
            session.Count(rows.Text(0), rows.Text(1), (JobState)rows.Int32(2), -1);
        }
        session.KeepLastJobId();
        session.Db.Run("DELETE FROM outcome WHERE id = ?1", id);
        session.Db.Run("DELETE FROM output WHERE id = ?1", id);
        session.Db.Run("DELETE FROM attempt WHERE id = ?1", id);
        session.Db.Run("DELETE FROM log WHERE id = ?1", id);
        session.Db.Run("DELETE FROM job_tag WHERE id = ?1", id);
        if (session.UsesDependencies)
            session.Db.Run("DELETE FROM job_edge WHERE id = ?1", id);
        session.Db.Run("DELETE FROM job WHERE id = ?1", id);
        return true;
    }

    private static bool IsAwaited(WriteSession session, JobId id)
    {
        using var rows = session.Db.Query("""
            SELECT 1
            FROM job_edge INDEXED BY job_edge_on
            WHERE on_id = ?1 AND NOT EXISTS (SELECT 1 FROM outcome WHERE outcome.id = job_edge.id)
            LIMIT 1
            """, id);
        return rows.Next();
    }
}
