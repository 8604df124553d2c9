using Rota.Storage;

namespace Rota.Postgres;

/// <summary>The statements that remove ended jobs for good.</summary>
internal static class JobDelete
{
    private sealed record Old(JobId Id, string Kind, JobState State, DateTimeOffset EndedAt);

    /// <summary>Looks at a bounded number of the oldest ended jobs and deletes those that are kept no longer.</summary>
    /// <remarks>Any number of nodes may do so at once: none waits for another.</remarks>
    public static async Task<Pruned> PruneAsync(
        PostgresDatabase database, Retention rule, DateTimeOffset now, CancellationToken stop)
    {
        await DropKeysAsync(database, now, rule.Limit, stop);
        var seen = await OldestEndedAsync(database, now - rule.Shortest, rule.Limit, stop);
        var old = seen.Where(job => job.EndedAt <= now - rule.KeepFor(job.Kind, job.State)).Select(job => job.Id.Value);
        var deleted = await database.WriteAsync(session => DeleteFreeAsync(session, [.. old]), stop);
        await JobCounters.FoldAsync(database, stop);
        var isMore = seen.Count == rule.Limit;
        database.PrunedTo = isMore ? (SecondOf(seen[^1].EndedAt), seen[^1].Id.Value) : default;
        return new Pruned(deleted, isMore);
    }

    private static long SecondOf(DateTimeOffset instant) => instant.ToMicroseconds() / 1_000_000;

    /// <remarks>Reads index <c>unique_key_expires</c>.</remarks>
    private static Task<int> DropKeysAsync(
        PostgresDatabase database, DateTimeOffset now, int limit, CancellationToken stop) =>
        database.RunAsync("""
            DELETE FROM rota.unique_key
            WHERE ctid = ANY (ARRAY(
                SELECT ctid
                FROM rota.unique_key
                WHERE expires_at <= $1
                ORDER BY expires_at
                LIMIT $2
                FOR UPDATE SKIP LOCKED
            ))
            """, stop, now, limit);

    /// <remarks>Reads index <c>outcome_ended ((ended_at / 1000000))</c>, and sorts what ended in the same second.
    /// </remarks>
    private static Task<List<Old>> OldestEndedAsync(
        PostgresDatabase database, DateTimeOffset until, int limit, CancellationToken stop) =>
        database.ListAsync("""
            SELECT o.id, (
                    SELECT word.text FROM rota.route JOIN rota.word ON word.id = route.kind WHERE route.id = o.route
                ), o.state, o.ended_at
            FROM rota.outcome AS o
            WHERE (o.ended_at / 1000000, o.id) > ($1, $2) AND o.ended_at / 1000000 <= $3 AND o.ended_at <= $4
            ORDER BY o.ended_at / 1000000, o.id
            LIMIT $5
            """, rows => new Old(rows.JobId(0), rows.GetString(1), (JobState)rows.GetInt16(2), rows.Instant(3)),
            stop, database.PrunedTo.Second, database.PrunedTo.Id, SecondOf(until), until, limit);

    /// <summary>Leaves for the next time what another node deletes, or is just writing log lines of.</summary>
    private static async Task<int> DeleteFreeAsync(PostgresSession session, long[] ids)
    {
        if (ids.Length == 0)
            return 0;
        var free = await session.ListAsync("""
            SELECT id
            FROM rota.job
            WHERE id = ANY ($1)
            FOR UPDATE SKIP LOCKED
            """, rows => rows.GetInt64(0), ids);
        return await session.FindAsync(DeleteLocked, rows => rows.GetInt32(0), free.ToArray());
    }

    /// <summary>Those of these jobs that have ended, and all that hangs on them.</summary>
    public static Statement[] Statements(long[] ids) => [new(Lock, ids), new(DeleteLocked, ids)];

    private const string Lock = """
        SELECT id
        FROM rota.job
        WHERE id = ANY ($1)
        ORDER BY id
        FOR UPDATE
        """;

    // A statement sees what was there when it began. So the locks come in one before: whoever wrote log lines of these
    // jobs has committed then, and whoever is about to finds them gone. What a job depends on that has not ended stays,
    // because its output may be handed on; this is asked row by row, or a join could be planned the wrong way round.
    private const string DeleteLocked = """
        WITH gone AS MATERIALIZED (
            DELETE FROM rota.outcome AS o
            USING rota.job AS j
            WHERE j.id = ANY ($1) AND o.route = j.route AND o.id = j.id AND (
                SELECT true
                FROM rota.job_edge AS e
                JOIN rota.job AS d ON d.id = e.id
                WHERE e.on_id = j.id AND (
                    SELECT true FROM rota.outcome AS x WHERE x.route = d.route AND x.id = d.id
                ) IS NULL
                LIMIT 1
            ) IS NULL
            RETURNING o.route, o.state, o.id
        ), error AS (
            DELETE FROM rota.outcome_error WHERE id = ANY (ARRAY(SELECT id FROM gone))
        ), output AS (
            DELETE FROM rota.output WHERE id = ANY (ARRAY(SELECT id FROM gone))
        ), attempt AS (
            DELETE FROM rota.attempt WHERE id = ANY (ARRAY(SELECT id FROM gone))
        ), log AS (
            DELETE FROM rota.log WHERE id = ANY (ARRAY(SELECT id FROM gone))
        ), tag AS (
            DELETE FROM rota.job_tag WHERE id = ANY (ARRAY(SELECT id FROM gone))
        ), retry AS (
            DELETE FROM rota.job_retry WHERE id = ANY (ARRAY(SELECT id FROM gone))
        ), edge AS (
            DELETE FROM rota.job_edge WHERE id = ANY (ARRAY(SELECT id FROM gone))
        ), job AS (
            DELETE FROM rota.job WHERE id = ANY (ARRAY(SELECT id FROM gone))
        ), counted AS (
            INSERT INTO rota.counter_step (newest, route, n, state)
            SELECT 0, route, -count(*), state
            FROM gone
            GROUP BY route, state
        )
        SELECT count(*)::integer
        FROM gone
        """;
}
