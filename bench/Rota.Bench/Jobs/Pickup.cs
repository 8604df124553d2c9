using System.Diagnostics;

namespace Rota.Bench;

/// <summary>How long a job waits: from the enqueue call to the first line of its handler.</summary>
internal static class Pickup
{
    private const double FirstDropped = 0.05;

    // A thread sleeps whole milliseconds; a faster rate comes in small bursts.
    private static readonly TimeSpan ShortestSleep = TimeSpan.FromMilliseconds(1);

    /// <summary>One job at a time, 15 to 45 ms apart.</summary>
    /// <param name="jobs">Of the same node as the worker or of another one.</param>
    public static async Task<List<double>> IdleAsync(IJobClient jobs, BenchHost worker, int count)
    {
        var random = new Random(1);
        worker.Arrivals.Expect(count, withWaits: true);
        for (var number = 0; number < count; number++)
        {
            await Task.Delay(random.Next(15, 45));
            await jobs.EnqueueAsync(Noop.Now(number));
        }
        await worker.Arrivals.AllAsync();
        return WithoutFirst(worker.Arrivals);
    }

    /// <summary>A steady rate from an open loop: the next job comes whether the last one ran or not.</summary>
    public static async Task<List<double>> SteadyAsync(BenchHost host, int perSecond, int count)
    {
        host.Arrivals.Expect(count, withWaits: true);
        await Task.Factory.StartNew(() => Produce(host.Jobs, perSecond, count), TaskCreationOptions.LongRunning);
        await host.Arrivals.AllAsync();
        return WithoutFirst(host.Arrivals);
    }

    private static void Produce(IJobClient jobs, int perSecond, int count)
    {
        var start = Stopwatch.GetTimestamp();
        for (var number = 0; number < count; number++)
        {
            var ahead = TimeSpan.FromSeconds(number / (double)perSecond) - Stopwatch.GetElapsedTime(start);
            if (ahead >= ShortestSleep)
                Thread.Sleep(ahead);
            _ = jobs.EnqueueAsync(Noop.Now(number)); // a job that was not accepted would be missed by the arrivals
        }
    }

    private static List<double> WithoutFirst(Arrivals arrivals)
    {
        var waits = arrivals.WaitsMs.ToList();
        return waits[(int)(waits.Count * FirstDropped)..];
    }
}
