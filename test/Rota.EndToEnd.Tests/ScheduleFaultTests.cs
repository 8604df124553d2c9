using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>The schedule faults of `bench faults`, small and short: each due time has one job, or a row and an event
/// that say why it has none.</summary>
public sealed class ScheduleFaultTests
{
    private static readonly string Bench =
        Path.Combine(RotaProcess.Repository, "artifacts/bin/Rota.Bench/release/Rota.Bench.dll");

    [Theory]
    [InlineData("schedules-kill-sqlite", 3)]
    [InlineData("schedules-two-nodes", 3)]
    [InlineData("schedules-nodes", 3)]
    [InlineData("schedules-away", 3)]
    [InlineData("schedules-clock-sqlite", 4)]
    [InlineData("schedules-clock-postgres", 4)]
    [InlineData("schedules-clock-nodes", 4)]
    [InlineData("schedules-clock-one", 4)]
    public async Task Nothing_is_doubled_and_nothing_silently_missed(string fault, int seconds)
    {
        Assert.SkipUnless(fault.EndsWith("sqlite", StringComparison.Ordinal) || PostgresServer.Programs is not null,
            "There is no PostgreSQL here; install the package postgresql-15.");
        using var bench = Process.Start(new ProcessStartInfo("dotnet",
            [Bench, "faults", "--only", fault, "--seconds", $"{seconds}", "--quick", "--json"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;

        var output = await bench.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await bench.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(bench.ExitCode == 0, output);
        var ledgers = JsonElement.Parse(output).GetProperty("schedules")[0].GetProperty("ledgers").EnumerateArray()
            .ToList();
        Assert.SkipUnless(ledgers.Count > 0, output); // libfaketime is not installed
        Assert.All(ledgers, ledger =>
        {
            Assert.True(ledger.GetProperty("due").GetInt32() > 50, output);
            Assert.True(ledger.GetProperty("jobs").GetInt32() > 0, output);
            Assert.True(ledger.GetProperty("is_clean").GetBoolean(), output);
            Assert.Equal(0, ledger.GetProperty("doubled").GetInt32());
            Assert.Equal(0, ledger.GetProperty("silently_missed").GetInt32());
        });
    }
}
