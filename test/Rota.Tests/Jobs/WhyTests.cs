using Rota.Storage;
using Xunit;

namespace Rota.Tests.Jobs;

/// <summary>Why a job stands where it stands, as one sentence, in each state.</summary>
public sealed class WhyTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Task<TestHost> IdleAsync() => TestHost.StartAsync(
        (_, _, _) => Task.FromResult(JobResult.Complete), options => options.Workers.IsEnabled = false);

    private static Task<TestHost> HostAsync(TestBody body) => TestHost.StartAsync(body);

    private static async Task<string> WhyAsync(TestHost host, JobId id) =>
        await host.Operations.WhyAsync(await host.GetAsync(id), Stop);

    private static Task<bool> BeatAsync(
        TestHost host, int slots = 4, bool isStopping = false, params string[] queues) =>
        host.Get<INodeStore>().BeatAsync(new NodeBeat
        {
            Name = "node-b",
            Version = "1",
            StartedAt = DateTimeOffset.UnixEpoch,
            Slots = slots,
            IsStopping = isStopping,
            Queues = queues,
        }, TimeProvider.System.GetUtcNow(), Stop);

    [Fact]
    public async Task A_scheduled_job_says_when_it_is_due()
    {
        await using var host = await IdleAsync();
        var id = await host.EnqueueAsync(new JobOptions { Delay = TimeSpan.FromHours(5) });

        Assert.Matches("^It is due at .*Z, in 5 h\\.$", await WhyAsync(host, id));
    }

    [Fact]
    public async Task A_blocked_job_names_the_jobs_it_waits_for()
    {
        await using var host = await IdleAsync();
        var first = await host.EnqueueAsync();
        var id = await host.EnqueueAsync(new JobOptions { DependsOn = [first] });

        Assert.Equal($"It waits for 1 job to end: {first}.", await WhyAsync(host, id));
    }

    [Fact]
    public async Task A_blocked_job_with_a_time_names_both()
    {
        await using var host = await IdleAsync();
        var first = await host.EnqueueAsync();
        var id = await host.EnqueueAsync(new JobOptions { DependsOn = [first], Delay = TimeSpan.FromHours(5) });

        Assert.Matches($"^It waits for 1 job to end: {first}\\. It is not to run before .*Z\\.$",
            await WhyAsync(host, id));
    }

    [Fact]
    public async Task A_job_of_a_paused_queue_says_so()
    {
        await using var host = await IdleAsync();
        var id = await host.EnqueueAsync(new JobOptions { Queue = "mail" });
        await host.Get<IQueueStore>().SetPausedAsync("mail", isPaused: true, Stop);

        Assert.Equal("The queue mail is paused; resume it: rota queues resume mail", await WhyAsync(host, id));
    }

    [Fact]
    public async Task A_job_of_a_limited_queue_says_how_many_run_at_once()
    {
        await using var host = await IdleAsync();
        await BeatAsync(host, queues: []);
        var id = await host.EnqueueAsync(new JobOptions { Queue = "mail" });
        await host.Get<IQueueStore>().SetMaxRunningAsync("mail", 1, Stop);

        Assert.EndsWith("The queue runs at most 1 job at once; change it: rota queues limit mail N",
            await WhyAsync(host, id));
    }

    [Fact]
    public async Task A_job_whose_queue_nobody_works_says_so()
    {
        await using var host = await IdleAsync();
        await BeatAsync(host, queues: ["other=3"]);
        var id = await host.EnqueueAsync(new JobOptions { Queue = "mail" });

        Assert.Equal("No node works the queue mail; start one: rota work --queues mail", await WhyAsync(host, id));
    }

    [Fact]
    public async Task A_job_behind_others_says_how_many()
    {
        await using var host = await IdleAsync();
        await BeatAsync(host, slots: 4, queues: ["mail=3"]);
        var mail = new JobOptions { Queue = "mail" };
        var first = await host.EnqueueAsync(mail);
        var second = await host.EnqueueAsync(mail);
        var third = await host.EnqueueAsync(mail);

        Assert.StartsWith("It is the next of the queue mail", await WhyAsync(host, first), StringComparison.Ordinal);
        Assert.Equal("1 job of the queue mail is before it, for 4 slots.", await WhyAsync(host, second));
        Assert.Equal("2 jobs of the queue mail are before it, for 4 slots.", await WhyAsync(host, third));
    }

    [Fact]
    public async Task A_job_whose_nodes_are_all_stopping_says_so()
    {
        await using var host = await IdleAsync();
        await BeatAsync(host, isStopping: true);

        Assert.Equal("Every node of its queue is stopping; it runs after the restart.",
            await WhyAsync(host, await host.EnqueueAsync()));
    }

    [Fact]
    public async Task A_job_whose_nodes_are_all_drained_says_so()
    {
        await using var host = await IdleAsync();
        await BeatAsync(host);
        await host.Get<INodeStore>().SetDrainedAsync("node-b", isDrained: true, Stop);

        Assert.Equal("Every node of its queue is drained; let one take jobs again: rota nodes resume NAME",
            await WhyAsync(host, await host.EnqueueAsync()));
    }

    [Fact]
    public async Task A_running_job_says_where_it_runs_and_whether_it_was_asked_to_stop()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await HostAsync(async (_, _, _) =>
        {
            await release.Task;
            return JobResult.Complete;
        });
        var id = await host.EnqueueAsync();
        await host.UntilAsync(id, job => job.State == JobState.Running);

        Assert.StartsWith(
            "It does not wait: attempt 1 runs on node-a since", await WhyAsync(host, id), StringComparison.Ordinal);
        await host.Operations.CancelAsync(id, "x", Stop);
        Assert.Equal("It runs on node-a, and was asked to stop.", await WhyAsync(host, id));
        release.SetResult();
    }

    [Fact]
    public async Task A_retrying_job_says_which_attempt_failed_and_when_the_next_is_due()
    {
        await using var host = await HostAsync((_, _, _) => throw new InvalidOperationException("no"));
        var id = await host.EnqueueAsync(new JobOptions { Backoff = Backoff.Fixed(TimeSpan.FromMinutes(10)) });
        await host.UntilAsync(id, job => job.State == JobState.Retrying);

        Assert.Matches("^Attempt 1 failed; the next one is due at .*Z, in 10 min\\.$", await WhyAsync(host, id));
    }

    [Fact]
    public async Task Ended_jobs_say_how_they_ended()
    {
        await using var host = await HostAsync((args, _, _) => Task.FromResult(args.Number switch
        {
            0 => JobResult.Complete,
            1 => JobResult.Fail("no"),
            _ => JobResult.Cancel("no"),
        }));

        foreach (var (number, pattern) in new[]
            { (0, "succeeded at .*Z\\.$"), (1, "failed at .*Z \\(error\\)\\.$"), (2, "was canceled at .*Z\\.$") })
        {
            var job = await host.EndAsync(await host.EnqueueAsync(number: number));
            Assert.Matches("^It does not wait: it " + pattern, await WhyAsync(host, job.Id));
        }
    }
}
