using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>The faults of `bench faults` around PostgreSQL and its workers, small and short: no acknowledged job is
/// lost, none ends twice, and a side effect that happened again has an attempt that was lost before it.</summary>
public sealed class JobFaultTests
{
    [Theory]
    [InlineData("workers-kill")]
    [InlineData("backends-kill")]
    [InlineData("connections")]
    [InlineData("disk-full")]
    [InlineData("transaction")]
    [InlineData("lock")]
    public async Task Each_acknowledged_job_ends_once(string fault)
    {
        var report = await FaultBench.RunAsync(fault, seconds: 1);

        var account = report.GetProperty("account");
        Assert.True(Count("acknowledged") > 0);
        Assert.Equal(0, Count("lost"));
        Assert.Equal(0, Count("ended_twice"));
        Assert.Equal(0, Count("not_ended_once"));
        Assert.Equal(0, Count("repeated_unexplained"));
        // A caller whose call was cut off does not know that its job was stored.
        Assert.Equal(Count("acknowledged") + Count("stored_unheard"), Count("ended"));
        Assert.Equal(0, Count("failed"));

        int Count(string name) => account.GetProperty(name).GetInt32();
    }
}
