using System.Collections.Concurrent;
using Quartz;

namespace Rota.Bench.Quartz;

/// <summary>The job of the schedules: says when it started. Static, as Quartz makes the jobs.</summary>
public sealed class Tick : IJob
{
    /// <summary>Number of the schedule, due time, start.</summary>
    internal static readonly ConcurrentQueue<long[]> Runs = new();

    public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var now = DateTimeOffset.UtcNow;
        var due = context.ScheduledFireTimeUtc!.Value; // a trigger fired it
        Runs.Enqueue([long.Parse(context.JobDetail.Key.Name), Micros(due), Micros(now)]);
        return ValueTask.CompletedTask;
    }

    internal static long Micros(DateTimeOffset instant) =>
        (instant - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
