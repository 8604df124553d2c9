using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>One fault of `bench faults`, small and short, in a process of its own as an operator starts it.</summary>
internal static class FaultBench
{
    private const int NotAllDone = 3; // its exit code where this machine cannot do it

    private static readonly string Program =
        Path.Combine(RotaProcess.Repository, "artifacts/bin/Rota.Bench/release/Rota.Bench.dll");

    /// <summary>Fails unless the bench calls it clean; skips where it cannot be done, but not as root in CI.</summary>
    /// <param name="seconds">Of load, or of the fault.</param>
    /// <returns>Its report.</returns>
    public static async Task<JsonElement> RunAsync(string fault, int seconds)
    {
        var isCi = Environment.GetEnvironmentVariable("CI") is { Length: > 0 };
        var isOnSqlite = fault.EndsWith("sqlite", StringComparison.Ordinal);
        Assert.SkipUnless(isOnSqlite || PostgresServer.Programs is not null || isCi,
            "There is no PostgreSQL here; install the package postgresql-15.");
        using var bench = Process.Start(new ProcessStartInfo("dotnet",
            [Program, "faults", "--only", fault, "--seconds", $"{seconds}", "--quick", "--json"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

        var progress = bench.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await bench.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await bench.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.SkipWhen(bench.ExitCode == NotAllDone && !(isCi && Environment.IsPrivilegedProcess), output);
        Assert.True(bench.ExitCode == 0, output + await progress);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        var reports = JsonElement.Parse(output);
        return reports.GetProperty("jobs").EnumerateArray().Concat(reports.GetProperty("schedules").EnumerateArray())
            .Single();
    }
}
