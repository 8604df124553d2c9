using Rota.Jobs;
using Xunit;

namespace Rota.Tests.Jobs;

/// <summary>How long ended jobs are kept.</summary>
public sealed class RetentionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Retention_zero_deletes_a_job_as_it_ends()
    {
        await using var host = await TestHost.StartAsync(
            (_, _, _) => Task.FromResult(JobResult.Complete), options => options.Retention.Succeeded = TimeSpan.Zero);
        var id = await host.EnqueueAsync();

        await TestHost.UntilAsync(
            async () => (await host.Operations.CountAsync(Stop)).Count == 0, () => $"Job {id} is still there");

        var error = await Assert.ThrowsAsync<NotFoundException>(() => host.GetAsync(id));
        Assert.Equal("job.not_found", error.Code);
    }

    [Fact]
    public async Task Retention_zero_of_successes_keeps_failures()
    {
        await using var host = await TestHost.StartAsync(
            (_, _, _) => Task.FromResult(JobResult.Fail("no")), options => options.Retention.Succeeded = TimeSpan.Zero);

        Assert.Equal(JobState.Failed, (await host.RunAsync()).State);
    }

    [Fact]
    public async Task A_kind_can_be_kept_longer_than_the_others()
    {
        await using var host = await TestHost.StartAsync((_, _, _) => Task.FromResult(JobResult.Complete), options =>
        {
            options.Retention.Succeeded = TimeSpan.Zero;
            options.Retention.Kinds["test.run"] = new KindRetention { Succeeded = TimeSpan.FromDays(1) };
        });

        Assert.Equal(JobState.Succeeded, (await host.RunAsync()).State);
    }

    [Theory]
    [InlineData(JobState.Succeeded, 7)]
    [InlineData(JobState.Failed, 90)]
    [InlineData(JobState.Canceled, 7)]
    public void The_defaults_are_a_week_and_ninety_days_for_failures(JobState state, int days)
    {
        var rule = new RetentionRule(Microsoft.Extensions.Options.Options.Create(new RetentionOptions()));

        Assert.Equal(TimeSpan.FromDays(days), rule.For("test", state));
    }
}
