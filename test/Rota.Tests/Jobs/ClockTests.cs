using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Rota.Tests.Jobs;

/// <summary>The wall clock jumps by hours; time-outs follow the monotonic clock, due times the wall clock.</summary>
public sealed class ClockTests
{
    /// <summary>The machine's clock with a wall clock that can be set.</summary>
    private sealed class SetClock : TimeProvider
    {
        private long _offset;

        public void Jump(TimeSpan by) => Interlocked.Add(ref _offset, by.Ticks);

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref _offset));
    }

    private readonly SetClock _clock = new();

    private Task<TestHost> HostAsync(TestBody body) => TestHost.StartAsync(
        body, build: rota => rota.Services.AddSingleton<TimeProvider>(_clock));

    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    public async Task A_jump_of_hours_times_out_no_running_job(int hours)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await HostAsync(async (_, _, stop) =>
        {
            started.SetResult();
            // Long enough for several looks of the watchdog.
            await Task.Delay(TimeSpan.FromMilliseconds(400), TimeProvider.System, stop);
            return JobResult.Complete;
        });
        var id = await host.EnqueueAsync(new JobOptions { Timeout = TimeSpan.FromHours(1), MaxAttempts = 1 });
        await started.Task.WaitAsync(TestHost.Deadline, TestContext.Current.CancellationToken);

        _clock.Jump(TimeSpan.FromHours(hours));

        Assert.Equal(JobState.Succeeded, (await host.EndAsync(id)).State);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    public async Task Jobs_enqueued_after_a_jump_run_at_once(int hours)
    {
        await using var host = await HostAsync((_, _, _) => Task.FromResult(JobResult.Complete));
        await host.RunAsync();

        _clock.Jump(TimeSpan.FromHours(hours));

        Assert.Equal(JobState.Succeeded, (await host.RunAsync()).State);
    }

    [Fact]
    public async Task A_scheduled_job_runs_soon_after_the_clock_is_set_past_its_time()
    {
        await using var host = await HostAsync((_, _, _) => Task.FromResult(JobResult.Complete));
        var id = await host.EnqueueAsync(new JobOptions { Delay = TimeSpan.FromHours(4) });

        _clock.Jump(TimeSpan.FromHours(5));

        Assert.Equal(JobState.Succeeded, (await host.EndAsync(id)).State);
    }

    [Fact]
    public async Task A_retry_after_the_clock_was_set_back_waits_by_the_new_clock()
    {
        await using var host = await HostAsync((_, _, _) => throw new InvalidOperationException("no"));
        _clock.Jump(-TimeSpan.FromHours(5));
        var before = _clock.GetUtcNow();
        var id = await host.EnqueueAsync(new JobOptions { Backoff = Backoff.Fixed(TimeSpan.FromMinutes(10)) });

        var job = await host.UntilAsync(id, one => one.State == JobState.Retrying);

        Assert.InRange(job.DueAt!.Value, before + TimeSpan.FromMinutes(10), before + TimeSpan.FromMinutes(11));
    }
}
