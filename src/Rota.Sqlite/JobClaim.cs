using Rota.Jobs;
using Rota.Queues;
using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>The statements by which a worker takes jobs.</summary>
internal static class JobClaim
{
    /// <summary>Claims up to slots + prefetch jobs: queues in their order, in each lowest priority and id
    /// first.</summary>
    public static List<Claimed> Claim(WriteSession session, ClaimOrder order, string node, DateTimeOffset now)
    {
        var claimed = new List<Claimed>(Math.Min(order.Slots + order.Prefetch, 4_096));
        var rules = SqliteQueues.Rules(session.Db);
        if (order.Queues.Count > 0)
        {
            foreach (var queue in order.Queues)
            {
                if (!ClaimFrom(session, queue, rules.GetValueOrDefault(queue), order, node, now, claimed))
                    return claimed;
            }
            return claimed;
        }
        ClaimFromAll(session, order, node, now, rules, claimed);
        return claimed;
    }

    /// <summary>All queues take turns: the first one served is the one behind the first one of the last
    /// claim.</summary>
    private static void ClaimFromAll(WriteSession session, ClaimOrder order, string node, DateTimeOffset now,
        Dictionary<string, QueueRule> rules, List<Claimed> claimed)
    {
        var first = NextQueue(session.Db, session.LastQueue) ?? NextQueue(session.Db, "");
        session.LastQueue = first ?? "";
        var seen = new HashSet<string>();
        for (var queue = first; queue is not null && seen.Add(queue);)
        {
            if (NodeQueue.IsOpenTo(queue, node)
                && !ClaimFrom(session, queue, rules.GetValueOrDefault(queue), order, node, now, claimed))
                return;
            queue = NextQueue(session.Db, queue) ?? NextQueue(session.Db, "");
        }
    }

    private static string? NextQueue(SqliteConnection db, string after)
    {
        using var rows = db.Query("SELECT queue FROM ready WHERE queue > ?1 ORDER BY queue LIMIT 1", after);
        return rows.Next() ? rows.Text(0) : null;
    }

    /// <returns>False when the order is filled.</returns>
    private static bool ClaimFrom(WriteSession session, string queue, QueueRule rule, ClaimOrder order, string node,
        DateTimeOffset now, List<Claimed> claimed)
    {
        if (rule.IsPaused)
            return true;
        var max = order.Slots + order.Prefetch;
        var from = claimed.Count;
        // What waits in a worker would take the place of what could run: of a limited queue nothing does.
        var isLimited = rule.MaxRunning is not null;
        var room = rule.MaxRunning is { } limit ? limit - session.Running(queue) : max;
        using (var rows = session.Db.Query("""
            SELECT ready.id, ready.attempt, ready.crashes, ready.priority,
                   job.kind, job.project, job.args, job.settings, job.schedule, job.created_at
            FROM ready
            CROSS JOIN job ON job.id = ready.id
            WHERE ready.queue = ?1
            ORDER BY ready.priority, ready.id
            LIMIT ?2
            """, queue, Math.Clamp(room, 0, max - from)))
        {
            while (rows.Next())
            {
                if (claimed.Count >= order.Slots && (isLimited || !MayBePrefetched(rows)))
                    continue;
                claimed.Add(ReadClaimed(session, queue, rows));
            }
        }
        for (var at = from; at < claimed.Count; at++)
            Move(session, claimed[at], node, isPrefetched: at >= order.Slots, now);
        return claimed.Count < max;
    }

    /// <summary>A crash must be blamed only on what really ran: neither a job whose last process died nor one on its
    /// last attempt, which a crash would end, waits in a worker.</summary>
    private static bool MayBePrefetched(in Rows rows) =>
        rows.Int32(2) == 0 && rows.Int32(1) + 1 < JobSettings.Parse(rows.BlobOrNull(7)).MaxAttempts;

    private static Claimed ReadClaimed(WriteSession session, string queue, in Rows rows) => new()
    {
        Id = rows.JobId(0),
        Token = session.NextToken(),
        Attempt = rows.Int32(1) + 1,
        Crashes = rows.Int32(2),
        Kind = session.Intern(rows.Span(4)),
        Queue = queue,
        Priority = rows.Int32(3),
        Project = session.Intern(rows.Span(5)),
        Args = rows.Blob(6),
        Settings = rows.BlobOrNull(7),
        Schedule = rows.TextOrNull(8),
        CreatedAt = rows.Instant(9),
    };

    private static void Move(
        WriteSession session, Claimed job, string node, bool isPrefetched, DateTimeOffset now)
    {
        session.Db.Run("DELETE FROM ready WHERE queue = ?1 AND priority = ?2 AND id = ?3",
            job.Queue, job.Priority, job.Id);
        session.Db.Run("""
            INSERT INTO running (id, token, node, attempt, crashes, started_at, is_prefetched)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """, job.Id, job.Token, node, job.Attempt, job.Crashes, now, isPrefetched);
        session.Count(job.Queue, job.Kind, JobState.Queued, -1);
        session.Count(job.Queue, job.Kind, JobState.Running, +1);
        if (session.UsesUniqueKeys)
            JobEnd.ReleaseKeyOnClaim(session, job.Id);
    }
}
