using Xunit;

namespace Rota.Tests.Workers;

/// <summary>One attempt in an embedded host, from the handler's result or error to what is stored.</summary>
public sealed class AttemptTests
{
    private static readonly JobOptions AtOnce = new() { Backoff = Backoff.Fixed(TimeSpan.Zero), MaxAttempts = 3 };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Task<TestHost> HostAsync(TestBody body) => TestHost.StartAsync(body);

    private static Task<TestHost> ReturningAsync(JobResult result) => HostAsync((_, _, _) => Task.FromResult(result));

    [Fact]
    public async Task A_handler_that_completes_makes_the_job_succeed_at_the_first_attempt()
    {
        await using var host = await ReturningAsync(JobResult.Complete);

        var job = await host.RunAsync();

        Assert.Equal((JobState.Succeeded, 1, "node-a"), (job.State, job.Attempt, job.Node));
    }

    [Fact]
    public async Task Output_is_kept_as_json()
    {
        await using var host = await ReturningAsync(JobResult.CompleteWith(new { FileName = "ü.txt", Rows = 3 }));

        using var output = System.Text.Json.JsonDocument.Parse((await host.RunAsync()).Output!.Value);

        Assert.Equal("ü.txt", output.RootElement.GetProperty("fileName").GetString());
        Assert.Equal(3, output.RootElement.GetProperty("rows").GetInt32());
    }

    [Fact]
    public async Task Output_over_a_mebibyte_fails_the_job_with_its_size_and_without_a_second_attempt()
    {
        await using var host = await ReturningAsync(JobResult.CompleteWith(new string('x', (1 << 20) - 1)));

        var job = await host.RunAsync(AtOnce);

        Assert.Equal((JobState.Failed, FailReason.Error, 1), (job.State, job.Reason, job.Attempt));
        Assert.Contains("1,048,577 bytes", job.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_of_exactly_a_mebibyte_is_kept()
    {
        await using var host = await ReturningAsync(JobResult.CompleteWith(new string('x', (1 << 20) - 2)));

        Assert.Equal(1 << 20, (await host.RunAsync()).Output!.Value.Length);
    }

    private sealed class Loop
    {
        public Loop Self => this;
    }

    [Fact]
    public async Task Output_that_is_no_json_fails_the_job_and_names_the_type()
    {
        await using var host = await ReturningAsync(JobResult.CompleteWith(new Loop()));

        var job = await host.RunAsync(AtOnce);

        Assert.Equal((JobState.Failed, 1), (job.State, job.Attempt));
        Assert.Contains("Loop", job.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_that_throws_is_tried_again_until_its_attempts_are_used_up()
    {
        await using var host = await HostAsync((_, job, _) => throw new InvalidOperationException($"no {job.Attempt}"));

        var job = await host.RunAsync(AtOnce);

        Assert.Equal((JobState.Failed, FailReason.Error, "no 3"), (job.State, job.Reason, job.Error));
        Assert.Equal(["no 1", "no 2", "no 3"], (await host.AttemptsAsync(job.Id)).Select(one => one.Error!.Message));
    }

    [Fact]
    public async Task A_failed_attempt_keeps_the_type_and_the_stack_of_its_exception()
    {
        await using var host = await HostAsync((_, _, _) => throw new InvalidOperationException("no"));

        var job = await host.RunAsync(new JobOptions { MaxAttempts = 1 });

        var error = Assert.Single(await host.AttemptsAsync(job.Id)).Error!;
        Assert.Equal("System.InvalidOperationException", error.Type);
        Assert.Contains(nameof(AttemptTests), error.Stack, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_that_succeeds_at_last_makes_the_job_succeed()
    {
        await using var host = await HostAsync((_, job, _) =>
            job.Attempt < 3 ? throw new InvalidOperationException("no") : Task.FromResult(JobResult.Complete));

        var job = await host.RunAsync(AtOnce);

        Assert.Equal((JobState.Succeeded, 3), (job.State, job.Attempt));
    }

    [Fact]
    public async Task The_wait_after_a_failed_attempt_follows_the_jobs_own_backoff()
    {
        await using var host = await HostAsync((_, _, _) => throw new InvalidOperationException("no"));
        var id = await host.EnqueueAsync(new JobOptions { Backoff = Backoff.Linear(TimeSpan.FromSeconds(600)) });

        var job = await host.UntilAsync(id, one => one.State == JobState.Retrying);
        var attempt = Assert.Single(await host.AttemptsAsync(id));

        Assert.Equal(attempt.EndedAt + TimeSpan.FromSeconds(600), job.DueAt);
    }

    [Fact]
    public async Task A_retrying_job_runs_at_once_when_it_is_retried()
    {
        await using var host = await HostAsync((_, job, _) =>
            job.Attempt == 1 ? throw new InvalidOperationException("no") : Task.FromResult(JobResult.Complete));
        var id = await host.EnqueueAsync(new JobOptions { Backoff = Backoff.Fixed(TimeSpan.FromHours(1)) });
        await host.UntilAsync(id, job => job.State == JobState.Retrying);

        Assert.Equal(new Enqueued(id, IsNew: false), await host.Operations.RetryAsync(id, Stop));

        Assert.Equal(JobState.Succeeded, (await host.EndAsync(id)).State);
    }

    [Fact]
    public async Task The_retry_of_an_ended_job_is_a_new_job_with_the_same_arguments_linked_to_it()
    {
        await using var host = await ReturningAsync(JobResult.Complete);
        var old = await host.EndAsync(await host.EnqueueAsync(new JobOptions { Tags = ["t"], Key = "k" }, number: 7));

        var retry = await host.Operations.RetryAsync(old.Id, Stop);

        var job = await host.EndAsync(retry.Id);
        Assert.True(retry.IsNew);
        Assert.Equal((old.Id, JobState.Succeeded), (job.RetryOf, job.State));
        Assert.Equal(TestHost.Text(old.Args), TestHost.Text(job.Args));
    }

    [Fact]
    public async Task A_handler_can_cancel_its_job()
    {
        await using var host = await ReturningAsync(JobResult.Cancel("the invoice was deleted"));

        var job = await host.RunAsync();

        Assert.Equal((JobState.Canceled, "the invoice was deleted"), (job.State, job.Error));
    }

    [Fact]
    public async Task A_handler_can_fail_its_job_for_good()
    {
        await using var host = await ReturningAsync(JobResult.Fail("no such customer"));

        var job = await host.RunAsync(AtOnce);

        Assert.Equal((JobState.Failed, FailReason.Error, 1, "no such customer"),
            (job.State, job.Reason, job.Attempt, job.Error));
    }

    [Fact]
    public async Task A_snoozed_job_runs_again_and_no_attempt_is_counted()
    {
        var runs = 0;
        await using var host = await HostAsync((_, _, _) => Task.FromResult(
            Interlocked.Increment(ref runs) < 4 ? JobResult.Snooze(TimeSpan.Zero) : JobResult.Complete));

        var job = await host.RunAsync(new JobOptions { MaxAttempts = 1 });

        Assert.Equal((JobState.Succeeded, 1, 4), (job.State, job.Attempt, runs));
    }

    [Fact]
    public async Task A_handler_that_returns_null_has_failed()
    {
        await using var host = await HostAsync((_, _, _) => Task.FromResult<JobResult>(null!));

        var job = await host.RunAsync(new JobOptions { MaxAttempts = 1 });

        Assert.Equal(JobState.Failed, job.State);
        Assert.Contains("null", job.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_sees_what_was_asked_for()
    {
        var seen = new TaskCompletionSource<(TestRun, string, int, string, DateTimeOffset)>();
        await using var host = await HostAsync((args, job, _) =>
        {
            seen.SetResult((args, job.Queue, job.MaxAttempts, job.Metadata["who"], job.CreatedAt));
            return Task.FromResult(JobResult.Complete);
        });
        var id = await host.EnqueueAsync(new JobOptions
        {
            Queue = "mail",
            MaxAttempts = 9,
            Metadata = new Dictionary<string, string> { ["who"] = "Ann" },
            Tags = ["red"],
            Key = "mine",
        }, number: 42);

        var job = await host.EndAsync(id);

        Assert.Equal((new TestRun(42), "mail", 9, "Ann", job.CreatedAt), await seen.Task);
        Assert.Equal(["red"], job.Tags);
        Assert.Equal(id, (await host.Operations.GetAsync(JobOptions.DefaultProject, "mine", Stop)).Id);
    }

    [Fact]
    public async Task Memory_outlives_the_job()
    {
        await using var host = await HostAsync(async (_, job, stop) =>
        {
            var count = int.Parse(await job.Memory.GetAsync("count", stop) ?? "0") + 1;
            await job.Memory.SetAsync("count", $"{count}", stop);
            return JobResult.CompleteWith(count);
        });

        await host.RunAsync();

        Assert.Equal("2", TestHost.Text((await host.RunAsync()).Output));
    }

    [Fact]
    public async Task Ten_thousand_jobs_enqueued_at_once_all_run_exactly_once()
    {
        const int Count = 10_000;
        var runs = new int[Count];
        await using var host = await HostAsync((args, _, _) =>
        {
            Interlocked.Increment(ref runs[args.Number]);
            return Task.FromResult(JobResult.Complete);
        });

        await host.Client.EnqueueManyAsync([.. Enumerable.Range(0, Count).Select(n => new TestRun(n))], stop: Stop);

        await TestHost.UntilAsync(async () =>
            (await host.Operations.CountAsync(Stop)).Any(one => one is { State: JobState.Succeeded, Count: Count }),
            () => $"{runs.Count(run => run > 0)} jobs have run");
        Assert.All(runs, run => Assert.Equal(1, run));
    }
}
