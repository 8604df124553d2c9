using System.Diagnostics;
using Rota.Postgres;
using Rota.Schedules;

namespace Rota.Bench;

/// <summary>Schedules that are not due for long, or paused: half of them each.</summary>
internal static class FarSchedules
{
    private const string Name = "far";
    private static readonly TimeSpan Long = TimeSpan.FromDays(365);

    /// <summary>One is made as everybody makes it; the others are its copies, by statements over all of them.</summary>
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
        var series = $"""
            WITH RECURSIVE series (n) AS (
                SELECT 1
                UNION ALL
                SELECT n + 1 FROM series WHERE n < {count}
            )
            """;
        await StoreSql.RunAsync(store.Url, $"""
            {series}
            INSERT INTO schedule (name, project, trigger, kind, args, options, policy, owner, secrets, created_at)
            SELECT name || '-' || n, project, trigger, kind, args, options, policy, owner, secrets, created_at
            FROM schedule, series
            WHERE name = '{Name}'
            """);
        await StoreSql.RunAsync(store.Url, $"""
            {series}
            INSERT INTO schedule_due (name, next_due, version, updated_at, {(isPostgres ? "is_paused" : "paused")})
            SELECT name || '-' || n, CASE WHEN n % 2 = 1 THEN next_due + n END, version, updated_at, n % 2 = 0
            FROM schedule_due, series
            WHERE name = '{Name}'
            """);
        if (isPostgres) // or it comes while the load runs
            await StoreSql.RunAsync(store.Url, "VACUUM (ANALYZE) schedule, schedule_due");
        Progress.Say($"  {Stopwatch.GetElapsedTime(start).TotalSeconds:N0} s");
    }
}
