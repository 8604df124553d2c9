using System.Diagnostics;
using Npgsql;
using Rota.Postgres;
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

        Assert.Equal("3 committed, invoices sent: 1, 3, 5", said.Trim());
        Assert.Equal(0, sample.ExitCode);
        Assert.Equal(["1", "3", "5"], await ListAsync(server, "SELECT id::text FROM orders ORDER BY id"));
        Assert.Equal(["""{"orderId":1}""", """{"orderId":3}""", """{"orderId":5}"""],
            await ListAsync(server, "SELECT convert_from(args, 'UTF8') FROM rota.job ORDER BY id"));
    }

    private static async Task<List<string>> ListAsync(PostgresServer server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(PostgresUrl.Parse(server.Url).Connection);
        await using var command = source.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var texts = new List<string>();
        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
            texts.Add(rows.GetString(0));
        return texts;
    }
}
