using Microsoft.Extensions.Logging;
using Rota.Jobs;
using Rota.Storage;
using Xunit;

namespace Rota.Tests.Workers;

/// <summary>Time-outs, cancels and graceful stops of attempts.</summary>
public sealed class StopTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);
    private static readonly JobOptions ShortOnce = new() { Timeout = Short, MaxAttempts = 1 };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static TaskCompletionSource<JobContext> NewSignal() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A handler that says that it runs, and runs on until its token fires.</summary>
    private static TestBody Endless(TaskCompletionSource<JobContext> started) => async (_, job, stop) =>
    {
        started.TrySetResult(job);
        await Task.Delay(Timeout.InfiniteTimeSpan, stop);
        return JobResult.Complete;
    };

    [Fact]
    public async Task A_time_out_stops_the_handler_and_fails_the_job_as_timed_out()
    {
        var started = NewSignal();
        await using var host = await TestHost.StartAsync(Endless(started));

        var job = await host.RunAsync(ShortOnce);

        Assert.Equal((JobState.Failed, FailReason.Timeout), (job.State, job.Reason));
        Assert.Equal(StopReason.Timeout, (await started.Task).StopReason);
        Assert.Equal(AttemptOutcome.TimedOut, Assert.Single(await host.AttemptsAsync(job.Id)).Outcome);
    }

    [Fact]
    public async Task A_time_out_counts_as_an_attempt()
    {
        await using var host = await TestHost.StartAsync(Endless(NewSignal()));

        var job = await host.RunAsync(new JobOptions
        {
            Timeout = TimeSpan.FromMilliseconds(50),
            MaxAttempts = 2,
            Backoff = Backoff.Fixed(TimeSpan.Zero),
        });

        Assert.Equal(2, job.Attempt);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_handler_that_ignores_its_token_is_abandoned_and_its_slot_goes_on(bool blocksThread)
    {
        using var release = new ManualResetEventSlim();
        var released = new TaskCompletionSource();
        await using var host = await TestHost.StartAsync(async (args, _, _) =>
        {
            if (args.Number == 0 && blocksThread)
                release.Wait(CancellationToken.None);
            else if (args.Number == 0)
                await released.Task;
            return JobResult.Complete;
        }, options => (options.Workers.Concurrency, options.Workers.Grace) = (1, Short));
        try
        {
            var job = await host.RunAsync(ShortOnce);
            Assert.Equal((JobState.Failed, FailReason.Timeout), (job.State, job.Reason));

            Assert.Equal(JobState.Succeeded, (await host.EndAsync(await host.EnqueueAsync(number: 1))).State);
        }
        finally
        {
            release.Set();
            released.SetResult();
        }
    }

    [Fact]
    public async Task What_an_abandoned_handler_returns_late_changes_nothing()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var returned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await TestHost.StartAsync(async (args, job, _) =>
        {
            if (args.Number > 0)
                return JobResult.Complete;
            await release.Task;
            job.Log.LogInformation("too late");
            returned.SetResult();
            return JobResult.CompleteWith("too late");
        }, options => options.Workers.Grace = Short);
        var job = await host.RunAsync(ShortOnce);

        release.SetResult();
        await returned.Task.WaitAsync(TestHost.Deadline, Stop);
        await host.EndAsync(await host.EnqueueAsync(number: 1)); // a round trip later

        var after = await host.GetAsync(job.Id);
        Assert.Equal((JobState.Failed, false), (after.State, after.Output.HasValue));
        Assert.Empty(await host.LogAsync(job.Id));
    }

    [Fact]
    public async Task A_running_job_is_canceled_within_a_second()
    {
        var started = NewSignal();
        await using var host = await TestHost.StartAsync(Endless(started));
        var id = await host.EnqueueAsync();
        await started.Task.WaitAsync(TestHost.Deadline, Stop);

        var clock = System.Diagnostics.Stopwatch.StartNew();
        await host.Operations.CancelAsync(id, "no more need", Stop);
        var job = await host.EndAsync(id);

        Assert.Equal((JobState.Canceled, "no more need"), (job.State, job.Error));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3_600)]
    public async Task A_job_that_has_not_started_is_canceled_at_once_and_never_runs(int delaySeconds)
    {
        var runs = 0;
        await using var host = await TestHost.StartAsync((_, _, _) =>
        {
            Interlocked.Increment(ref runs);
            return Task.FromResult(JobResult.Complete);
        }, options => options.Workers.IsEnabled = delaySeconds > 0);
        var id = await host.EnqueueAsync(new JobOptions { Delay = TimeSpan.FromSeconds(delaySeconds) });

        Assert.Equal(JobState.Canceled, (await host.Operations.CancelAsync(id, "x", Stop)).State);
        Assert.Equal(0, runs);
    }

    [Fact]
    public async Task An_ended_job_cannot_be_canceled()
    {
        await using var host = await TestHost.StartAsync((_, _, _) => Task.FromResult(JobResult.Complete));
        var job = await host.RunAsync();

        var error = await Assert.ThrowsAsync<ConflictException>(() => host.Operations.CancelAsync(job.Id, "x", Stop));

        Assert.Equal("job.state", error.Code);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public async Task A_stop_lets_running_jobs_end()
    {
        var started = NewSignal();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await TestHost.StartAsync(async (_, job, _) =>
        {
            started.TrySetResult(job);
            await release.Task;
            return JobResult.Complete;
        });
        var id = await host.EnqueueAsync();
        await started.Task.WaitAsync(TestHost.Deadline, Stop);

        var restarting = host.RestartAsync((_, _, _) => throw new InvalidOperationException("It ran twice."));
        release.SetResult();

        await using var next = await restarting.WaitAsync(TestHost.Deadline, Stop);
        Assert.Equal(JobState.Succeeded, (await next.GetAsync(id)).State);
    }

    [Fact]
    public async Task A_stop_gives_back_what_runs_too_long_and_counts_no_attempt()
    {
        var started = NewSignal();
        await using var host = await TestHost.StartAsync(Endless(started), options => options.Workers.Drain = Short);
        var id = await host.EnqueueAsync(new JobOptions { MaxAttempts = 1 });
        await started.Task.WaitAsync(TestHost.Deadline, Stop);

        await using var next = await host.RestartAsync((_, _, _) => Task.FromResult(JobResult.Complete));

        var job = await next.EndAsync(id);
        Assert.Equal((JobState.Succeeded, 1), (job.State, job.Attempt));
        Assert.Equal(StopReason.Shutdown, (await started.Task).StopReason);
        Assert.Equal(AttemptOutcome.Released, Assert.Single(await next.AttemptsAsync(id)).Outcome);
    }

    [Fact]
    public async Task A_stop_gives_back_a_handler_that_ignores_it()
    {
        var started = NewSignal();
        var release = new TaskCompletionSource();
        await using var host = await TestHost.StartAsync(async (_, job, _) =>
        {
            started.TrySetResult(job);
            await release.Task;
            return JobResult.Complete;
        }, options => (options.Workers.Drain, options.Workers.Grace) = (TimeSpan.Zero, Short));
        var id = await host.EnqueueAsync();
        await started.Task.WaitAsync(TestHost.Deadline, Stop);

        await using var next = await host.RestartAsync((_, _, _) => Task.FromResult(JobResult.Complete));

        Assert.Equal((JobState.Succeeded, 1), ((await next.EndAsync(id)).State, (await next.GetAsync(id)).Attempt));
        release.SetResult();
    }

    [Fact]
    public async Task A_stop_gives_back_prefetched_jobs_as_they_were()
    {
        var started = NewSignal();
        await using var host = await TestHost.StartAsync(Endless(started),
            options => (options.Workers.Concurrency, options.Workers.Drain) = (1, TimeSpan.Zero));
        await host.Client.EnqueueManyAsync([.. Enumerable.Range(0, 50).Select(n => new TestRun(n))], stop: Stop);
        await started.Task.WaitAsync(TestHost.Deadline, Stop);

        await using var next = await host.RestartAsync(
            (_, _, _) => Task.FromResult(JobResult.Complete), options => options.Workers.IsEnabled = false);

        var (jobs, _) = await next.Operations.ListAsync(new JobFilter(), before: null, 100, Stop);
        Assert.Equal(50, jobs.Count);
        Assert.All(jobs, job => Assert.Equal((JobState.Queued, 0, 0), (job.State, job.Attempt, job.Crashes)));
    }
}
