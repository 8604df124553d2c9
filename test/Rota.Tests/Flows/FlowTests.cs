using System.Text.Json;
using Rota.Jobs;
using Xunit;

namespace Rota.Tests.Flows;

/// <summary>Chains, batches and repeats as they run in a host.</summary>
public sealed class FlowTests
{
    [Job("test.sum")]
    private sealed record Sum(int Add, int? Before = null, IReadOnlyList<int?>? All = null);

    /// <summary>Adds to what the job before gave; the first attempt of a negative number fails.</summary>
    private sealed class SumHandler : IJobHandler<Sum>
    {
        public Task<JobResult> RunAsync(Sum args, JobContext job, CancellationToken stop) => Task.FromResult(
            args.Add < 0 && job.Attempt == 1 ? throw new InvalidOperationException("once")
            : JobResult.CompleteWith(args.Add + (args.Before ?? 0) + (args.All?.Sum() ?? 0)));
    }

    private static readonly JobOptions IntoBefore = new() { ResultInto = "before" };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Task<TestHost> StartAsync(TestBody? body = null, Action<RotaOptions>? configure = null) =>
        TestHost.StartAsync(body ?? ((_, _, _) => Task.FromResult(JobResult.Complete)), configure,
            rota => rota.AddHandler<SumHandler>());

    private static string? Output(Job job) => job.Output is null ? null : TestHost.Text(job.Output);

    private static async Task<JobId[]> ChainAsync(TestHost host, params JobStep[] steps) =>
        [.. (await host.Client.EnqueueChainAsync(steps, Stop)).Select(job => job.Id)];

    [Fact]
    public async Task A_chain_hands_each_result_on()
    {
        await using var host = await StartAsync();
        var ids = await ChainAsync(host, JobStep.Of(new Sum(1)), JobStep.Of(new Sum(10), IntoBefore),
            JobStep.Of("test.sum", JsonSerializer.SerializeToElement(new { add = 100, before = 7 }), IntoBefore));

        var last = await host.EndAsync(ids[2]);

        Assert.Equal((JobState.Succeeded, "111"), (last.State, Output(last)));
        Assert.Equal("""{"add":100,"before":7}""", TestHost.Text(last.Args));
    }

    [Fact]
    public async Task A_result_is_there_at_the_second_attempt_too()
    {
        await using var host = await StartAsync();
        var again = IntoBefore with { Backoff = Backoff.Fixed(TimeSpan.Zero) };
        var ids = await ChainAsync(host, JobStep.Of(new Sum(5)), JobStep.Of(new Sum(-1), again));

        var last = await host.EndAsync(ids[1]);

        Assert.Equal((2, "4"), (last.Attempt, Output(last)));
    }

    [Fact]
    public async Task A_retry_gets_the_result_that_the_retried_job_got()
    {
        await using var host = await StartAsync();
        var ids = await ChainAsync(host, JobStep.Of(new Sum(5)), JobStep.Of(new Sum(1), IntoBefore));
        await host.EndAsync(ids[1]);

        var retry = await host.EndAsync((await host.Operations.RetryAsync(ids[1], Stop)).Id);

        Assert.Equal((ids[1], "6"), (retry.RetryOf, Output(retry)));
    }

    [Fact]
    public async Task Several_results_are_an_array_with_null_for_none()
    {
        await using var host = await StartAsync();
        JobId[] on =
        [
            (await host.Client.EnqueueAsync(new Sum(2), stop: Stop)).Id, await host.EnqueueAsync(),
            (await host.Client.EnqueueAsync(new Sum(3), stop: Stop)).Id,
        ];

        var options = new JobOptions { DependsOn = on, ResultInto = "All" };
        var job = await host.EndAsync((await host.Client.EnqueueAsync(new Sum(1), options, Stop)).Id);

        Assert.Equal("6", Output(job));
    }

    [Fact]
    public async Task A_result_that_fits_no_field_rejects_the_job()
    {
        await using var host = await StartAsync();
        var ids = await ChainAsync(host, JobStep.Of(new TestRun()),
            JobStep.Of(new Sum(1), new JobOptions { ResultInto = "pages" }));
        var mistyped = await ChainAsync(host, JobStep.Of(new Sum(1)),
            JobStep.Of(new Sum(1), new JobOptions { ResultInto = "all" }));

        var unknown = await host.EndAsync(ids[1]);
        Assert.Equal((JobState.Failed, FailReason.Rejected), (unknown.State, unknown.Reason));
        Assert.Contains("There is no field 'pages'", unknown.Error);
        var wrong = await host.EndAsync(mistyped[1]);
        Assert.Equal((JobState.Failed, FailReason.Rejected), (wrong.State, wrong.Reason));
        Assert.Contains("$.all", wrong.Error);
    }

    [Fact]
    public async Task A_result_cannot_ask_for_a_secret()
    {
        await using var host = await TestHost.StartAsync(
            (_, _, _) => Task.FromResult(JobResult.CompleteWith("the {{secret:github}}")),
            build: rota => rota.AddBuiltIns(shell: options => options.IsEnabled = true));
        var cat = JsonSerializer.SerializeToElement(new { argv = new[] { "cat" } });
        var ids = await ChainAsync(host, JobStep.Of(new TestRun()),
            JobStep.Of("shell.run", cat, new JobOptions { ResultInto = "stdin" }));

        var job = await host.EndAsync(ids[1]);

        Assert.Equal((JobState.Failed, FailReason.Rejected), (job.State, job.Reason));
        Assert.Contains("A result names a secret", job.Error);
    }

    [Fact]
    public async Task A_failed_step_cancels_the_rest_of_its_chain()
    {
        await using var host = await StartAsync((_, _, _) => Task.FromResult(JobResult.Fail("no")));
        var ids = await ChainAsync(host, JobStep.Of(new Sum(1)), JobStep.Of(new TestRun()), JobStep.Of(new Sum(2)));

        Assert.Equal(JobState.Canceled, (await host.EndAsync(ids[2])).State);
        Assert.Equal(JobState.Succeeded, (await host.GetAsync(ids[0])).State);
    }

    [Fact]
    public async Task A_result_outlives_a_retention_of_0_until_it_was_handed_on()
    {
        var go = new TaskCompletionSource();
        await using var host = await StartAsync(async (_, _, stop) =>
        {
            await go.Task.WaitAsync(stop);
            return JobResult.Complete;
        }, options =>
        {
            options.Retention.Kinds["test.sum"] = new KindRetention { Succeeded = TimeSpan.Zero };
            options.Workers.Concurrency = 1;
        });
        var ids = await ChainAsync(host, JobStep.Of(new Sum(1)), JobStep.Of(new TestRun()));
        var last = new JobOptions { DependsOn = [ids[0], ids[1]], ResultInto = "all" };
        var id = (await host.Client.EnqueueAsync(new Sum(1), last, Stop)).Id;
        var watcher = await host.EnqueueAsync(new JobOptions { DependsOn = [id] });
        go.SetResult();

        await host.EndAsync(watcher);

        // The last one was kept for the watcher, and was not lost before it ran.
        Assert.Equal("2", Output(await host.GetAsync(id)));
    }

    [Fact]
    public async Task A_batch_succeeds_with_all_its_jobs_and_then_its_callbacks_run()
    {
        await using var host = await StartAsync();
        var batch = await host.Client.EnqueueBatchAsync(new JobBatch
        {
            Jobs = [.. Enumerable.Range(1, 30).Select(add => JobStep.Of(new Sum(add)))],
            OnSuccess = JobStep.Of(new TestRun(1)),
            OnComplete = JobStep.Of(new TestRun(2)),
            Options = new JobOptions { Tags = ["import"] },
        }, Stop);

        var job = await host.EndAsync(batch.Id);

        Assert.Equal((JobState.Succeeded, "batch"), (job.State, job.Kind));
        Assert.Equal("""{"total":30,"succeeded":30,"failed":0,"canceled":0}""", Output(job));
        Assert.Equal(["import"], job.Tags);
        Assert.Equal(30, batch.Jobs.Count);
        Assert.Equal(JobState.Succeeded, (await host.EndAsync(batch.OnSuccess!.Value)).State);
        Assert.Equal(JobState.Succeeded, (await host.EndAsync(batch.OnComplete!.Value)).State);
    }

    [Fact]
    public async Task A_batch_fails_with_one_of_its_jobs_and_only_on_complete_runs()
    {
        await using var host = await StartAsync((args, _, _) => Task.FromResult(args.Number switch
        {
            1 or 2 or 3 => JobResult.Fail("no"),
            4 => JobResult.Cancel("not any more"),
            _ => JobResult.Complete,
        }));
        var batch = await host.Client.EnqueueBatchAsync(new JobBatch
        {
            Jobs = [.. Enumerable.Range(1, 100).Select(number => JobStep.Of(new TestRun(number)))],
            OnSuccess = JobStep.Of(new TestRun(1_000)),
            OnComplete = JobStep.Of(new TestRun(1_001)),
        }, Stop);

        var job = await host.EndAsync(batch.Id);

        Assert.Equal((JobState.Failed, "3 of 100 jobs failed, 1 was canceled"), (job.State, job.Error));
        Assert.Equal("""{"total":100,"succeeded":96,"failed":3,"canceled":1}""", Output(job));
        Assert.Equal(JobState.Canceled, (await host.EndAsync(batch.OnSuccess!.Value)).State);
        Assert.Equal(JobState.Succeeded, (await host.EndAsync(batch.OnComplete!.Value)).State);
    }

    [Fact]
    public async Task A_waiting_batch_says_how_far_it_is_and_its_cancel_takes_its_jobs_along()
    {
        await using var host = await StartAsync(async (args, _, stop) =>
        {
            if (args.Number > 1)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
            return JobResult.Complete;
        }, options => options.Workers.Concurrency = 2);
        var batch = await host.Client.EnqueueBatchAsync(new JobBatch
        {
            Jobs = [.. Enumerable.Range(1, 5).Select(number => JobStep.Of(new TestRun(number)))],
            OnSuccess = JobStep.Of(new TestRun()),
        }, Stop);
        await host.EndAsync(batch.Jobs[0]);
        await host.UntilAsync(batch.Jobs[1], job => job.State == JobState.Running);

        var waiting = await host.GetAsync(batch.Id);
        Assert.Equal((JobState.Blocked, new Progress(1, 5, null)), (waiting.State, waiting.Progress));
        await host.Operations.CancelAsync(batch.Id, "enough", Stop);

        foreach (var id in batch.Jobs.Skip(1).Append(batch.Id).Append(batch.OnSuccess!.Value))
            Assert.Equal(JobState.Canceled, (await host.EndAsync(id)).State);
    }

    [Fact]
    public async Task A_job_repeats_as_often_as_asked_with_its_options()
    {
        var numbers = new List<(JobId Id, DateTimeOffset At)>();
        await using var host = await StartAsync((_, job, _) =>
        {
            lock (numbers)
                numbers.Add((job.Id, job.CreatedAt));
            return Task.FromResult(JobResult.Complete);
        });
        var first = await host.EnqueueAsync(new JobOptions
        {
            Repeat = new Repeat(3, TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(1)),
            Tags = ["again"],
            Unique = new Unique("one at a time"),
            MaxAttempts = 7,
        });

        await TestHost.UntilAsync(() => Task.FromResult(numbers.Count == 4), () => $"It ran {numbers.Count} times");
        var last = await host.EndAsync(numbers[^1].Id);

        Assert.Equal(4, numbers.Select(run => run.Id).Distinct().Count());
        Assert.Equal(["again"], last.Tags);
        Assert.Equal(7, JobSettings.Parse(last.Settings).MaxAttempts);
        Assert.Null(JobSettings.Parse(last.Settings).Repeat);
        var graph = await host.Get<Rota.Flows.FlowOperations>().GraphAsync(first, Stop);
        Assert.Equal(numbers.Select(run => run.Id), graph.Jobs.Select(job => job.Id));
        Assert.Equal(3, graph.Edges.Count);
    }

    [Fact]
    public async Task A_repeat_waits_for_its_interval_and_is_held_back_by_nobody()
    {
        await using var host = await StartAsync();
        var first = await host.EnqueueAsync(new JobOptions
        {
            Repeat = new Repeat(1, TimeSpan.FromHours(2)),
            Unique = new Unique("for a day", UniqueScope.ForPeriod, TimeSpan.FromDays(1)),
        });
        var ended = await host.EndAsync(first);

        var next = await host.GetAsync(new JobId(first.Value + 1));

        Assert.Equal(JobState.Scheduled, next.State);
        Assert.Equal(TimeSpan.FromHours(2), next.DueAt - ended.EndedAt);
    }

    [Fact]
    public async Task The_last_interval_repeats_where_fewer_intervals_than_times_are_given()
    {
        TimeSpan[] intervals = [TimeSpan.FromHours(2), TimeSpan.FromHours(1)];
        await using var host = await StartAsync();
        var ended = await host.EndAsync(await host.EnqueueAsync(new JobOptions { Repeat = new Repeat(4, intervals) }));
        var waited = new List<TimeSpan>();
        for (var run = 1; run <= 4; run++)
        {
            var next = await host.GetAsync(new JobId(ended.Id.Value + 1));
            waited.Add((next.DueAt - ended.EndedAt)!.Value);
            await host.Operations.RetryAsync(next.Id, Stop); // it waits no longer
            ended = await host.EndAsync(next.Id);
        }

        Assert.Equal([intervals[0], intervals[1], intervals[1], intervals[1]], waited);
        Assert.Equal(5, (await host.Operations.CountAsync(Stop)).Sum(count => count.Count));
    }

    [Fact]
    public async Task A_job_that_was_asked_to_stop_repeats_no_more_though_it_ends_well()
    {
        await using var host = await StartAsync(async (_, _, stop) =>
        {
            var stopped = new TaskCompletionSource();
            await using var _ = stop.Register(stopped.SetResult);
            await stopped.Task;
            return JobResult.Complete;
        });
        var id = await host.EnqueueAsync(new JobOptions { Repeat = new Repeat(1, TimeSpan.Zero) });
        await host.UntilAsync(id, job => job.State == JobState.Running);

        await host.Operations.CancelAsync(id, "enough", Stop);

        Assert.Equal(JobState.Succeeded, (await host.EndAsync(id)).State);
        Assert.Equal(1, (await host.Operations.CountAsync(Stop)).Sum(count => count.Count));
    }

    [Fact]
    public async Task A_job_that_fails_repeats_no_more_and_its_retry_goes_on()
    {
        var isBroken = true;
        await using var host = await StartAsync((_, _, _) =>
            Task.FromResult(isBroken ? JobResult.Fail("no") : JobResult.Complete));
        var options = new JobOptions { Repeat = new Repeat(1, TimeSpan.Zero) };
        var failed = await host.EndAsync(await host.EnqueueAsync(options));
        Assert.Equal(1, (await host.Operations.CountAsync(Stop)).Sum(count => count.Count));

        isBroken = false;
        var retry = await host.EndAsync((await host.Operations.RetryAsync(failed.Id, Stop)).Id);
        var repeat = await host.EndAsync(new JobId(retry.Id.Value + 1));
        Assert.Equal(JobState.Succeeded, repeat.State);

        // What has succeeded has its next one: a retry of it makes no second row.
        await host.EndAsync((await host.Operations.RetryAsync(retry.Id, Stop)).Id);
        Assert.Equal(4, (await host.Operations.CountAsync(Stop)).Sum(count => count.Count));
    }
}
