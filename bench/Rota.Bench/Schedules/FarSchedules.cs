using System.Diagnostics;
using Rota.Postgres;
using Rota.Schedules;

namespace Rota.Bench;

/// <summary>Schedules that are not due for long, or paused: half of them each.</summary>
internal static class FarSchedules
{
    private const string Name = "far";
    private static readonly TimeSpan Long = TimeSpan.FromDays(365);

    /// <summary>One is made as everybody makes it; the others are its copies, by one statement.</summary>
    public static async Task AddAsync(BenchStore store, int count)
    {
        Progress.Say($"  storing {count:N0} schedules that are not due");
        var start = Stopwatch.GetTimestamp();
        await using (var host = await BenchHost.StartAsync(store, works: false))
        {
            await host.Get<ScheduleOperations>().PutAsync(new ScheduleDefinition
            {
                Name = Name,
                Trigger = new IntervalTrigger(Long, host.Get<TimeProvider>().GetUtcNow() + Long),
                Kind = "bench.tick",
            }, "bench", CancellationToken.None);
        }
        var isPostgres = PostgresUrl.IsPostgres(store.Url);
        await StoreSql.RunAsync(store.Url, $"""
            WITH RECURSIVE series (n) AS (
                SELECT 1
                UNION ALL
                SELECT n + 1 FROM series WHERE n < {count}
            )
            INSERT INTO schedule (name, project, trigger, kind, args, options, policy, owner, secrets,
                {(isPostgres ? "is_paused" : "paused")}, next_due, last_due, version, created_at, updated_at)
            SELECT name || '-' || n, project, trigger, kind, args, options, policy, owner, secrets,
                n % 2 = 0, CASE WHEN n % 2 = 1 THEN next_due + n END, last_due, version, created_at, updated_at
            FROM schedule, series
            WHERE name = '{Name}'
            """);
        if (isPostgres)
            await StoreSql.RunAsync(store.Url, "VACUUM (ANALYZE) schedule"); // or it comes while the load runs
        Progress.Say($"  {Stopwatch.GetElapsedTime(start).TotalSeconds:N0} s");
    }
}
