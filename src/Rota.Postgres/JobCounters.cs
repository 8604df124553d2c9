using System.Diagnostics;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>The statements about counters. A count is the sum of its counter and of the steps that are not yet added to
/// it.</summary>
internal static class JobCounters
{
    private const int FoldedAtOnce = 100_000; // each statement walks over all steps that are gone, but not yet removed
    private const int FoldsMax = 10;

    public static async Task<IReadOnlyList<JobCount>> CountAsync(PostgresDatabase database, CancellationToken stop)
    {
        var counts = new Dictionary<(int Queue, int Kind, JobState State), long>();
        foreach (var (key, n) in await database.ListAsync("""
            SELECT queue, kind, state, n
            FROM rota.counter
            UNION ALL
            SELECT queue, kind, state, sum(n)
            FROM rota.counter_step
            GROUP BY queue, kind, state
            """, rows => (Key: (rows.GetInt32(0), rows.GetInt32(1), (JobState)rows.GetInt16(2)), N: rows.GetInt64(3)),
            stop))
        {
            counts[key] = counts.GetValueOrDefault(key) + n;
        }
        var words = database.Words;
        await words.LoadAsync(counts.Keys.SelectMany(key => new[] { key.Queue, key.Kind }), stop);
        return [.. counts
            .Where(count => count.Value > 0)
            .Select(count => new JobCount(
                words.Text(count.Key.Queue), words.Text(count.Key.Kind), count.Key.State, count.Value))
            .OrderBy(count => count.Queue, StringComparer.Ordinal)
            .ThenBy(count => count.Kind, StringComparer.Ordinal)
            .ThenBy(count => count.State)];
    }

    /// <summary>Adds steps to their counters, in the order of the key, so that two nodes that do it at once only wait.
    /// </summary>
    public static async Task FoldAsync(PostgresDatabase database, CancellationToken stop)
    {
        if (!database.Folds.IsDue)
            return;
        var beganAt = Stopwatch.GetTimestamp();
        try
        {
            for (var folds = 0; folds < FoldsMax && await FoldSomeAsync(database, stop) == FoldedAtOnce; folds++)
                continue;
        }
        catch (StorageException)
        {
            // Counts are right without it. Whoever comes along here has more urgent things to do.
        }
        database.Folds.Done(beganAt);
    }

    private static Task<int> FoldSomeAsync(PostgresDatabase database, CancellationToken stop) =>
        database.RunAsync(session => session.FindAsync("""
            WITH folded AS MATERIALIZED (
                DELETE FROM rota.counter_step
                WHERE ctid = ANY (ARRAY(
                    SELECT ctid
                    FROM rota.counter_step
                    LIMIT $1
                    FOR UPDATE SKIP LOCKED
                ))
                RETURNING queue, kind, state, n
            ), added AS (
                INSERT INTO rota.counter AS sum (queue, kind, state, n)
                SELECT queue, kind, state, sum(n)
                FROM folded
                GROUP BY queue, kind, state
                HAVING sum(n) <> 0
                ORDER BY queue, kind, state
                ON CONFLICT (queue, kind, state) DO UPDATE
                SET n = sum.n + excluded.n
            )
            SELECT count(*)::integer
            FROM folded
            """, rows => rows.GetInt32(0), FoldedAtOnce), stop);
}
