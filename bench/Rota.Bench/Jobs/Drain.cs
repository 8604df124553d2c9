using System.Diagnostics;

namespace Rota.Bench;

/// <summary>How fast queued jobs end, through real handlers with a scope of services each.</summary>
internal static class Drain
{
    /// <summary>From the moment the queue is let go until every outcome is stored.</summary>
    public static async Task<double> AllAsync(BenchHost host, int count)
    {
        await FillPausedAsync(host, count);
        host.Arrivals.Expect(count);
        var start = Stopwatch.GetTimestamp();
        await host.SetPausedAsync(false);
        await host.Arrivals.AllAsync();
        await host.WaitUntilEndedAsync();
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>The same amount, in queues of few jobs; from the first to the last handler of each.</summary>
    public static async Task<double> ShallowAsync(BenchHost host, int depth, int count)
    {
        var seconds = 0.0;
        for (var done = 0; done < count; done += depth)
        {
            await FillPausedAsync(host, depth);
            seconds += depth / await SliceAsync(host, depth);
            await host.WaitUntilEndedAsync();
        }
        return count / seconds;
    }

    public static async Task FillPausedAsync(BenchHost host, int count)
    {
        await host.SetPausedAsync(true);
        await host.FillAsync(count);
    }

    /// <summary>Lets a filled queue go for this many jobs, and holds it again.</summary>
    public static async Task<double> SliceAsync(BenchHost host, int count)
    {
        host.Arrivals.Expect(count);
        await host.SetPausedAsync(false);
        await host.Arrivals.AllAsync();
        await host.SetPausedAsync(true);
        return host.Arrivals.Rate;
    }
}
