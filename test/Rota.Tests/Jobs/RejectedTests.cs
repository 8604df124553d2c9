using System.Text.Json;
using Rota.Jobs;
using Rota.Storage;
using Xunit;

namespace Rota.Tests.Jobs;

/// <summary>Jobs that no handler can run: kept, rejected with a hint, and run when their handler appears.</summary>
public sealed class RejectedTests
{
    [Job("late.kind", Aliases = ["extensions.example.job:LateJob"])]
    internal sealed record Late(int Size);

    internal sealed class LateHandler : IJobHandler<Late>
    {
        public Task<JobResult> RunAsync(Late args, JobContext job, CancellationToken stop) =>
            Task.FromResult(JobResult.CompleteWith(args.Size));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A host whose own background retry is off, so that the test alone decides when to retry.</summary>
    private static Task<TestHost> HostAsync() => TestHost.StartAsync(
        (_, _, _) => Task.FromResult(JobResult.Complete), options => options.Workers.RetryRejected = false);

    private static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;

    private static async Task<Job> RejectedAsync(TestHost host, string args = """{"size":7}""") =>
        await host.EndAsync((await host.Client.EnqueueAsync("late.kind", Json(args), stop: Stop)).Id);

    private static void Add(TestHost host) => host.Get<HandlerRegistry>().Add("plug-in", Handler);

    private static HandlerDescriptor Handler => HandlerDescriptor.From(typeof(LateHandler), "plug-in")[0];

    [Fact]
    public async Task A_job_of_an_unknown_kind_is_kept_as_rejected_and_says_what_to_do()
    {
        await using var host = await HostAsync();

        var job = await RejectedAsync(host);

        Assert.Equal((JobState.Failed, FailReason.Rejected), (job.State, job.Reason));
        Assert.Contains("No handler has the kind 'late.kind'", job.Error, StringComparison.Ordinal);
        Assert.Contains("then retry the job", job.Error, StringComparison.Ordinal);
        Assert.Equal("""{"size":7}""", TestHost.Text(job.Args));
    }

    [Fact]
    public async Task Rejected_jobs_run_once_when_their_handler_appears()
    {
        await using var host = await HostAsync();
        var rejected = await RejectedAsync(host);
        Add(host);

        Assert.Equal(1, await host.Operations.RetryRejectedAsync(Handler, "late.kind", Stop));
        Assert.Equal(0, await host.Operations.RetryRejectedAsync(Handler, "late.kind", Stop));

        var (jobs, _) = await host.Operations.ListAsync(new JobFilter { Kind = "late.kind" }, before: null, 10, Stop);
        var again = await host.EndAsync(jobs[0].Id);
        Assert.Equal(2, jobs.Count);
        Assert.Equal((rejected.Id, JobState.Succeeded, "7"),
            (again.RetryOf, again.State, TestHost.Text(again.Output)));
    }

    [Fact]
    public async Task A_rejected_job_whose_arguments_do_not_fit_the_new_handler_is_left_alone()
    {
        await using var host = await HostAsync();
        await RejectedAsync(host, """{"size":"huge"}""");

        Assert.Equal(0, await host.Operations.RetryRejectedAsync(Handler, "late.kind", Stop));
    }

    [Fact]
    public async Task Stored_arguments_that_do_not_fit_reject_the_job_and_name_the_field()
    {
        await using var host = await HostAsync();
        var rejected = await RejectedAsync(host, """{"size":"huge"}""");
        Add(host);

        var job = await host.EndAsync((await host.Operations.RetryAsync(rejected.Id, Stop)).Id);

        Assert.Equal((JobState.Failed, FailReason.Rejected), (job.State, job.Reason));
        Assert.Contains("$.size", job.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"size":"huge"}""")]
    [InlineData("""[1]""")]
    [InlineData("""null""")]
    public async Task Arguments_that_do_not_fit_a_known_kind_are_refused_before_they_are_stored(string args)
    {
        await using var host = await HostAsync();
        Add(host);

        var error = await Assert.ThrowsAsync<ArgumentsException>(
            () => host.Client.EnqueueAsync("late.kind", Json(args), stop: Stop));

        Assert.Equal("job.args", error.Code);
        Assert.Empty(await host.Operations.CountAsync(Stop));
    }

    [Fact]
    public async Task An_alias_means_the_kind()
    {
        await using var host = await HostAsync();
        Add(host);

        var enqueued = await host.Client.EnqueueAsync(
            "extensions.example.job:LateJob", Json("""{"size":1}"""), stop: Stop);

        Assert.Equal(("late.kind", JobState.Succeeded),
            ((await host.EndAsync(enqueued.Id)).Kind, (await host.GetAsync(enqueued.Id)).State));
    }
}
