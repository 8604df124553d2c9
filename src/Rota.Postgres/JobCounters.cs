using System.Diagnostics;
using System.Runtime.InteropServices;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>The statements about counters. A count is the sum of its counter and of the steps that are not yet added to
/// it.</summary>
internal static class JobCounters
{
    private const int FoldedAtOnce = 100_000; // each statement walks over all steps that are gone, but not yet removed
    private const int FoldsMax = 10;
    private static readonly JobState[] States = Enum.GetValues<JobState>();

    public static async Task<IReadOnlyList<JobCount>> CountAsync(PostgresDatabase database, CancellationToken stop)
    {
        var steps = await database.ListAsync("""
            SELECT route, state, n
            FROM rota.counter
            UNION ALL
            SELECT route, state, sum(n)
            FROM rota.counter_step
            GROUP BY route, state
            """, rows => (Route: rows.GetInt32(0), State: (JobState)rows.GetInt16(1), N: rows.GetInt64(2)), stop);
        await database.Routes.LoadAsync(steps.Select(step => step.Route), stop);
        var sums = new Dictionary<(int Route, JobState State), long>(steps.Count);
        foreach (var (route, state, n) in steps)
            CollectionsMarshal.GetValueRefOrAddDefault(sums, (route, state), out _) += n;
        return AddUp(database.Routes.InOrder(), sums);
    }

    /// <param name="routes">Those of a queue and kind, which differ in priority, stand side by side.</param>
    private static List<JobCount> AddUp(Route[] routes, Dictionary<(int Route, JobState State), long> sums)
    {
        var counts = new List<JobCount>(sums.Count);
        for (var (at, next) = (0, 0); at < routes.Length; at = next)
        {
            var (queue, kind) = (routes[at].Queue, routes[at].Kind);
            while (next < routes.Length && routes[next].Queue == queue && routes[next].Kind == kind)
                next++;
            foreach (var state in States)
            {
                var n = 0L;
                foreach (var route in routes.AsSpan(at..next))
                    n += sums.GetValueOrDefault((route.Number, state));
                if (n > 0)
                    counts.Add(new JobCount(queue, kind, state, n));
            }
        }
        return counts;
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
                RETURNING route, state, n, newest
            ), added AS (
                INSERT INTO rota.counter AS sum (route, state, n, newest)
                SELECT route, state, sum(n), max(newest)
                FROM folded
                GROUP BY route, state
                HAVING sum(n) <> 0 OR state <> 3 -- of what runs nobody asks for the newest
                ORDER BY route, state
                ON CONFLICT (route, state) DO UPDATE
                SET n = sum.n + excluded.n, newest = greatest(sum.newest, excluded.newest)
            )
            SELECT count(*)::integer
            FROM folded
            """, rows => rows.GetInt32(0), FoldedAtOnce), stop);
}
