using System.Diagnostics;
using Rota.Postgres;
using Rota.Storage;

namespace Rota.Bench;

/// <summary>Fills a database with millions of jobs and asks what users ask.</summary>
internal static class ScaleCommand
{
    public const string Name = "scale";

    private const int PrunedAtOnce = 500; // as the janitor does
    private const int RefusedMax = 3;

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var sizes = ScaleSizes.Of(options);
        await using var filled = await FilledDatabase.OpenAsync(Name, options, sizes);
        var bytes = await ScaleBytes.PerEndedAsync(filled.Stores, sizes.Bytes);
        return await MeasureAsync(filled.Store, sizes, bytes, options);
    }

    private static async Task<int> MeasureAsync(
        BenchStore store, ScaleSizes sizes, double bytes, BenchOptions options)
    {
        var lists = await AskAsync(store, sizes, options);
        var (prunedPerSecond, pruneCall) = await PruneAsync(store, sizes.Pruned);
        var report = new ScaleReport(sizes, Math.Round(bytes, 1), await ScaleBytes.DatabaseMbAsync(store.Url),
            prunedPerSecond, pruneCall, await ClaimAsync(store, sizes.Claimed), lists);
        Console.Out.WriteLine(options.IsJson ? BenchJson.Of(report) : report.ToTable());
        if (!options.IsChecked)
            return 0;
        var missed = report.Missed();
        foreach (var line in missed)
            Progress.Say($"missed: {line}");
        return missed.Count == 0 ? 0 : 1;
    }

    private static async Task<List<ScaleTime>> AskAsync(BenchStore store, ScaleSizes sizes, BenchOptions options)
    {
        await using var server = await ScaleServer.StartAsync(store);
        Progress.Say($"asking; each question {options.Rounds} times");
        for (var number = 0; number < sizes.Schedules; number++)
            await server.PutScheduleAsync(number);
        var lists = new List<ScaleTime>();
        foreach (var query in ScaleQueries.All(sizes).Where(query => query.Name.Contains(options.Only ?? "")))
        {
            var (items, times) = (0, new List<double>());
            var refused = 0;
            for (var round = 0; round <= options.Rounds && refused < RefusedMax; round++)
            {
                var (ms, found) = await server.AskAsync(query.Of(round));
                if (round > 0)
                    times.Add(ms); // the first one fills the caches
                items = found;
                refused += found < 0 ? 1 : 0;
            }
            lists.Add(ScaleTime.Of(query.Name, items, times));
            Progress.Say(query.Name, lists[^1].P95, "ms (p95)");
        }
        return lists;
    }

    /// <summary>Retention of the oldest jobs, in calls as large as the janitor's.</summary>
    private static async Task<(double PerSecond, ScaleTime Call)> PruneAsync(BenchStore store, int count)
    {
        await using var database = await PostgresDatabase.OpenAsync(
            store.Url, new StoreSignals(), CancellationToken.None);
        var jobs = new PostgresJobs(database);
        var rule = new Retention((_, _) => TimeSpan.Zero, TimeSpan.Zero, PrunedAtOnce);
        var (deleted, times) = (0, new List<double>());
        var start = Stopwatch.GetTimestamp();
        while (deleted < count)
        {
            var call = Stopwatch.GetTimestamp();
            deleted += (await jobs.PruneAsync(rule, database.Clock.GetUtcNow(), CancellationToken.None)).Deleted;
            times.Add(Stopwatch.GetElapsedTime(call).TotalMilliseconds);
        }
        var rate = deleted / Stopwatch.GetElapsedTime(start).TotalSeconds;
        return (Math.Round(Progress.Say("retention", rate)), ScaleTime.Of("retention", PrunedAtOnce, times));
    }

    /// <summary>A worker of all queues, from its first job to the last of those expected.</summary>
    private static async Task<double> ClaimAsync(BenchStore store, int count)
    {
        await using var host = await BenchHost.StartAsync(store, works: true, drain: TimeSpan.Zero,
            started: arrivals => arrivals.Expect(count));
        await host.Arrivals.AllAsync();
        return Math.Round(Progress.Say("claim and end", host.Arrivals.Rate));
    }
}
