using System.Text.Json;
using Rota.Jobs;
using Rota.Sqlite;
using Rota.Sqlite.Native;
using Rota.Storage;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>The copy as a process that is killed and stopped.</summary>
public sealed class DatabaseCopyTests
{
    private const int JobCount = 60_000;
    private static readonly string[] Copy = ["database", "copy", "--from", "sqlite:old.db", "--to", "sqlite:new.db"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static async Task FillAsync(string path)
    {
        using var database = new SqliteDatabase(path, new StoreSignals());
        var jobs = new SqliteJobs(database.Writer, database.Readers);
        var later = new JobTemplate { Kind = "later", DueAt = new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero) };
        await jobs.InsertAsync([.. Enumerable.Repeat(new NewJob(later, "{}"u8.ToArray()), JobCount)],
            new DateTimeOffset(2026, 1, 31, 23, 59, 0, TimeSpan.Zero), Stop);
    }

    /// <summary>Makes each thousandth row take a while, so that a copy is still at work when it is met.</summary>
    private static void Slow(string path)
    {
        using var database = new SqliteDatabase(path, new StoreSignals());
        Execute(path, """
            CREATE TRIGGER slow AFTER INSERT ON job WHEN new.id % 1000 = 0 BEGIN
                SELECT max(n) FROM (
                    WITH RECURSIVE step(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM step WHERE n < 500000)
                    SELECT n FROM step);
            END
            """);
    }

    private static void Execute(string path, string script)
    {
        using var connection = new SqliteConnection(path, readOnly: false);
        connection.Execute(script);
    }

    [Fact]
    public async Task Killed_and_stopped_a_copy_goes_on_and_its_target_serves_every_job()
    {
        await using var rota = new RotaProcess(folder: null);
        await FillAsync(Path.Combine(rota.Folder, "old.db"));
        var target = Path.Combine(rota.Folder, "new.db");
        rota.Environment["ROTA_DATABASE"] = $"sqlite:{target}";
        Slow(target);

        rota.Launch(string.Join(' ', Copy));
        await RotaProcess.WaitAsync(() => Task.FromResult(rota.Output.Contains("copying job")), "it copies");
        await rota.KillAsync();
        rota.Launch(string.Join(' ', Copy));
        await RotaProcess.WaitAsync(() => Task.FromResult(rota.Output.Count(line => line.StartsWith("copying")) > 1),
            "it goes on");
        Assert.Equal(130, await rota.StopAsync());
        Assert.Equal(7, (await rota.RunAsync(["serve"])).Code);
        Execute(target, "DROP TRIGGER slow");
        var (code, output, _) = await rota.RunAsync([.. Copy, "--json"]);

        var result = JsonElement.Parse(output);
        Assert.Equal(0, code);
        Assert.Equal(2 * JobCount, result.GetProperty("rows").GetInt64());
        Assert.InRange(result.GetProperty("rows_before").GetInt64(), 1, 2 * JobCount - 1);
        await rota.StartAsync(stop: Stop);
        Assert.Equal("scheduled", (await rota.GetAsync($"jobs/{JobCount}")).GetProperty("state").GetString());
        Assert.Equal(JobCount + 1, await rota.EnqueueAsync("later", new { }));
    }
}
