using System.Diagnostics;
using Quartz;

namespace Rota.Bench.Quartz;

/// <summary>Sends jobs that are due at once. Each is a job and a trigger of its own.</summary>
internal sealed class Schedules(IScheduler scheduler) : IAsyncDisposable
{
    private const double AddedPerSecond = 100;

    private readonly string _prefix = $"{Environment.ProcessId}-";
    private int _last;

    public async Task StartAsync() => await scheduler.Start();

    public async Task EnqueueAsync(int count)
    {
        for (var number = 0; number < count; number++)
            await OneAsync();
    }

    public async Task BulkAsync(int count, int size)
    {
        for (var at = 0; at < count; at += size)
            await scheduler.ScheduleJobs(Enumerable.Range(0, Math.Min(size, count - at)).Select(_ => New())
                .ToDictionary(pair => pair.Job, pair => (IReadOnlyCollection<ITrigger>)[pair.Trigger]));
    }

    public async Task PacedAsync(int count)
    {
        var random = new Random(1);
        for (var number = 0; number < count; number++)
        {
            await Task.Delay(random.Next(15, 45));
            await OneAsync();
        }
    }

    public async Task SteadyAsync(int count, int perSecond)
    {
        var start = Stopwatch.GetTimestamp();
        var calls = new List<Task>();
        while (calls.Count < count)
        {
            var due = Math.Min(count, (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * perSecond) + 1);
            while (calls.Count < due)
                calls.Add(OneAsync());
            await Task.Delay(1);
        }
        await Task.WhenAll(calls);
    }

    /// <summary>Makes schedules that are each due every second, at moments that are spread over it. What is late runs
    /// late.</summary>
    /// <returns>When the first one is due first; in microseconds since 1970.</returns>
    public async Task<long> EverySecondAsync(int count)
    {
        var anchor = DateTimeOffset.UtcNow.AddSeconds(2 + count / AddedPerSecond);
        anchor = anchor.AddTicks(-(anchor.Ticks % TimeSpan.TicksPerMicrosecond));
        for (var number = 0; number < count; number++)
        {
            var job = JobBuilder.Create<Tick>().WithIdentity($"{number}").Build();
            await scheduler.ScheduleJob(job, TriggerBuilder.Create().WithIdentity($"{number}")
                .StartAt(anchor.AddMicroseconds(1_000_000L * number / count))
                .WithSimpleSchedule(every => every.WithInterval(TimeSpan.FromSeconds(1)).RepeatForever()
                    .WithMisfireInstruction(SimpleTriggerMisfireInstruction.IgnoreMisfires))
                .Build());
        }
        return Tick.Micros(anchor);
    }

    private async Task OneAsync()
    {
        var (job, trigger) = New();
        await scheduler.ScheduleJob(job, trigger);
    }

    private (IJobDetail Job, ITrigger Trigger) New()
    {
        var number = Interlocked.Increment(ref _last);
        var name = $"{_prefix}{number}";
        var job = JobBuilder.Create<Noop>().WithIdentity(name)
            .UsingJobData("number", $"{number}").UsingJobData(Noop.Sent, $"{Stopwatch.GetTimestamp()}").Build();
        return (job, TriggerBuilder.Create().WithIdentity(name).StartNow().Build());
    }

    public async ValueTask DisposeAsync() => await scheduler.Shutdown();
}
