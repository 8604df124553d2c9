using Rota.Doctor;
using Rota.Nodes;
using Rota.Storage;
using Rota.Workers;
using Xunit;

namespace Rota.Tests.Nodes;

/// <summary>Nodes that people ask to take no jobs.</summary>
public sealed class DrainTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task A_held_worker_ends_what_it_runs_gives_back_the_rest_and_goes_on_when_released()
    {
        var (started, release) = (NewSignal(), NewSignal());
        await using var host = await TestHost.StartAsync(async (args, _, _) =>
        {
            if (args.Number == 1)
            {
                started.SetResult();
                await release.Task;
            }
            return JobResult.Complete;
        }, options => options.Workers.Concurrency = 1);
        var first = await host.EnqueueAsync(number: 1);
        await started.Task;
        var second = await host.EnqueueAsync(number: 2);

        host.Get<Worker>().Hold(isHeld: true);
        await host.UntilAsync(second, job => job.State == JobState.Queued);
        release.SetResult();
        Assert.Equal(JobState.Succeeded, (await host.EndAsync(first)).State);
        var third = await host.EnqueueAsync(number: 3);

        Assert.Equal(JobState.Queued, (await host.GetAsync(second)).State);
        Assert.Equal(JobState.Queued, (await host.GetAsync(third)).State);
        Assert.Equal(0, host.Get<Worker>().RunningCount);
        host.Get<Worker>().Hold(isHeld: false);
        Assert.Equal(JobState.Succeeded, (await host.EndAsync(third)).State);
        Assert.Equal(JobState.Succeeded, (await host.GetAsync(second)).State);
    }

    [Fact]
    public async Task A_drained_node_takes_no_jobs_from_its_next_beat_on_and_doctor_tells_of_it()
    {
        var started = NewSignal();
        await using var host = await TestHost.StartAsync((_, _, _) =>
        {
            started.TrySetResult();
            return Task.FromResult(JobResult.Complete);
        });
        await TestHost.UntilAsync(async () => (await host.Get<NodeOperations>().ListAsync(Stop)).Count == 1,
            () => "The node has not beaten");

        await host.Get<NodeOperations>().DrainAsync("node-a", Stop);
        await TestHost.UntilAsync(
            () => Task.FromResult(host.Get<StoreSignals>().Room.IsHeld), () => "The worker is not held");
        var id = await host.EnqueueAsync();

        Assert.False(Assert.Single(await host.Get<NodeOperations>().ListAsync(Stop)).TakesJobs);
        var finding = Assert.Single(await host.Get<DoctorOperations>().CheckAsync(Stop), one => one.Name == "workers");
        Assert.Equal((FindingState.Warn, "Let one take jobs again: rota nodes resume node-a"),
            (finding.State, finding.Hint));
        Assert.False(started.Task.IsCompleted);
        await host.Get<NodeOperations>().ResumeAsync("node-a", Stop);
        Assert.Equal(JobState.Succeeded, (await host.EndAsync(id)).State);
        var error = await Assert.ThrowsAsync<NotFoundException>(
            () => host.Get<NodeOperations>().DrainAsync("nobody", Stop));
        Assert.Equal("node.not_found", error.Code);
    }
}
