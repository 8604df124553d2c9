using System.Diagnostics;
using System.Text.Json;
using Rota.Jobs;
using Rota.Storage;
using Xunit;

namespace Rota.Tests.Workers;

/// <summary>Processes that die: by their own jobs, and by kill -9.</summary>
public sealed class CrashTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rota-test-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Opens the database in this process, which runs no job of it.</summary>
    private Task<TestHost> LookAsync(bool isWorking = false) => TestHost.StartAsync((_, _, _) =>
        Task.FromResult(JobResult.Complete), options => options.Workers.IsEnabled = isWorking, folder: _folder);

    private async Task<JobId> EnqueueAsync(string how)
    {
        await using var host = await LookAsync();
        var args = JsonSerializer.SerializeToElement(new { how });
        return (await host.Client.EnqueueAsync("crash.now", args, new JobOptions { MaxAttempts = 100 }, Stop)).Id;
    }

    private async Task<Job> FindAsync(JobId id)
    {
        await using var host = await LookAsync();
        return await host.GetAsync(id);
    }

    [Theory]
    [InlineData("overflow")]
    [InlineData("exit")]
    public async Task A_job_that_takes_three_processes_down_is_in_quarantine_and_the_fourth_lives(string how)
    {
        var id = await EnqueueAsync(how);
        for (var crash = 1; crash <= 3; crash++)
        {
            using var process = new CrashProcess(_folder, "work");
            Assert.Equal($"running {id} attempt {crash}", await process.LineAsync("running"));
            Assert.NotEqual(0, await process.EndAsync());
        }

        await using var host = await LookAsync(isWorking: true);
        var job = await host.EndAsync(id);
        Assert.Equal((JobState.Failed, FailReason.Crashed), (job.State, job.Reason));
        Assert.Equal(JobState.Succeeded, (await host.RunAsync()).State);
    }

    [Fact]
    public async Task A_job_that_ran_when_its_process_was_killed_runs_again_at_once_after_the_restart()
    {
        var id = await EnqueueAsync("hang");
        using (var killed = new CrashProcess(_folder, "work"))
        {
            Assert.Equal($"running {id} attempt 1", await killed.LineAsync("running"));
            await killed.KillAsync();
        }

        using var next = new CrashProcess(_folder, "work");
        await next.LineAsync("ready");
        var clock = Stopwatch.StartNew();
        Assert.Equal($"running {id} attempt 2", await next.LineAsync("running"));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Every_acknowledged_job_is_there_after_kill_9()
    {
        var acknowledged = new List<JobId>();
        using (var process = new CrashProcess(_folder, "enqueue"))
        {
            while (acknowledged.Count < 2_000)
                acknowledged.Add(new JobId(long.Parse((await process.LineAsync("acknowledged")).Split(' ')[1])));
            await process.KillAsync();
        }

        await using var host = await LookAsync();
        foreach (var id in acknowledged)
            Assert.Equal(JobState.Queued, (await host.GetAsync(id)).State);
    }

    [Fact]
    public async Task A_job_repeats_exactly_as_often_as_asked_whenever_its_process_is_killed()
    {
        const int Times = 1_000;
        await using (var host = await LookAsync())
        {
            var args = JsonSerializer.SerializeToElement(new { how = "end" });
            var options = new JobOptions { MaxAttempts = 100, Repeat = new Repeat(Times, TimeSpan.Zero) };
            await host.Client.EnqueueAsync("crash.now", args, options, Stop);
        }
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var kill = 0; kill < 8; kill++)
        {
            using var process = new CrashProcess(_folder, "work");
            // At least two: a job that one kill met has ended before the next one, and is not put in quarantine.
            for (var runs = random.Next(2, 15); runs > 0; runs--)
                await process.LineAsync("running");
            await process.KillAsync();
        }

        await using var last = await TestHost.StartAsync((_, _, _) => Task.FromResult(JobResult.Complete),
            build: rota => rota.AddHandler<EndHandler>(), folder: _folder);
        Assert.Equal(Times + 1, await UntilNothingIsOpenAsync(last, seed));
    }

    [Job("crash.now")]
    private sealed record End;

    private sealed class EndHandler : IJobHandler<End>
    {
        public Task<JobResult> RunAsync(End args, JobContext job, CancellationToken stop) =>
            Task.FromResult(JobResult.Complete);
    }

    /// <returns>How many jobs there are, all of which have succeeded.</returns>
    private static async Task<long> UntilNothingIsOpenAsync(TestHost host, int seed)
    {
        IReadOnlyList<JobCount> counts = [];
        await TestHost.UntilAsync(async () =>
        {
            counts = await host.Operations.CountAsync(Stop);
            return counts.All(count => count.State.IsFinal);
        }, () => $"Jobs are still open (seed {seed})");
        Assert.All(counts, count => Assert.Equal(JobState.Succeeded, count.State));
        return counts.Sum(count => count.Count);
    }

    [Fact]
    public async Task A_killed_process_leaves_its_job_running_until_somebody_takes_it_back()
    {
        var id = await EnqueueAsync("hang");
        using (var killed = new CrashProcess(_folder, "work"))
        {
            await killed.LineAsync("running");
            await killed.KillAsync();
        }

        Assert.Equal(JobState.Running, (await FindAsync(id)).State);
    }
}
