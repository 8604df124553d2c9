using System.Diagnostics;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>The samples, run as a reader would run them.</summary>
public sealed class SampleTests
{
    [Fact]
    public async Task Jobs_share_transactions_with_ADO_NET_Dapper_and_EF_Core()
    {
        await using var server = await PostgresServer.StartAsync("-c fsync=off");
        var program = Path.Combine(RotaProcess.Repository, "artifacts/bin/Transactions/release/Transactions.dll");
        var folder = Directory.CreateTempSubdirectory("rota-sample-");
        using var sample = Process.Start(new ProcessStartInfo("dotnet", [program, server.Url])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            WorkingDirectory = folder.FullName,
        })!;

        var said = await sample.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await sample.WaitForExitAsync(TestContext.Current.CancellationToken);
        folder.Delete(recursive: true);

        Assert.Equal("3 committed, invoices sent: 1, 2, 3", said.Trim());
        Assert.Equal(0, sample.ExitCode);
    }
}
