using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>The schedule faults of `bench faults`, small and short: each due time has one job, or a row and an event
/// that say why it has none.</summary>
public sealed class ScheduleFaultTests
{
    [Theory]
    [InlineData("schedules-kill-sqlite", 3)]
    [InlineData("schedules-two-nodes", 3)]
    [InlineData("schedules-nodes", 3)]
    [InlineData("schedules-away", 3)]
    [InlineData("schedules-clock-sqlite", 4)]
    [InlineData("schedules-clock-one", 4)]
    public async Task Nothing_is_doubled_and_nothing_silently_missed(string fault, int seconds)
    {
        var report = await FaultBench.RunAsync(fault, seconds);

        var ledgers = report.GetProperty("ledgers").EnumerateArray().ToList();
        Assert.NotEmpty(ledgers);
        Assert.All(ledgers, ledger =>
        {
            Assert.True(ledger.GetProperty("due").GetInt32() >= seconds * ledger.GetProperty("schedules").GetInt32());
            Assert.True(ledger.GetProperty("jobs").GetInt32() > 0);
            Assert.True(ledger.GetProperty("is_clean").GetBoolean());
            Assert.Equal(0, ledger.GetProperty("doubled").GetInt32());
            Assert.Equal(0, ledger.GetProperty("silently_missed").GetInt32());
        });
    }
}
