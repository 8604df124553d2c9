using System.Diagnostics;

namespace Rota.Bench;

/// <summary>How fast jobs are accepted, each call acknowledged after its commit. No worker runs.</summary>
internal static class Enqueue
{
    /// <summary>One caller that awaits each call.</summary>
    public static async Task<double> OneAsync(IJobClient jobs, int count)
    {
        var start = Stopwatch.GetTimestamp();
        for (var number = 0; number < count; number++)
            await jobs.EnqueueAsync(Noop.Now(number));
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Many callers at once, each of which awaits its own calls.</summary>
    public static async Task<double> ConcurrentAsync(IJobClient jobs, int callers, int count)
    {
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => OneAsync(jobs, count / callers)));
        return count / callers * callers / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Calls of 10,000 jobs, one after the other.</summary>
    public static async Task<double> BulkAsync(BenchHost host, int count)
    {
        var start = Stopwatch.GetTimestamp();
        await host.FillAsync(count);
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
