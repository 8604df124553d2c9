using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using Rota.Jobs;
using Rota.Postgres;
using Rota.Sqlite;
using Rota.Sqlite.Native;
using Rota.Storage;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>The copy as a process that is killed and stopped.</summary>
public sealed class DatabaseCopyTests
{
    private const int JobCount = 60_000, FewJobs = 20_000;
    private static readonly string[] Copy = ["database", "copy", "--from", "sqlite:old.db", "--to", "sqlite:new.db"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static async Task FillAsync(string path, int count)
    {
        using var database = new SqliteDatabase(path, new StoreSignals());
        var jobs = new SqliteJobs(database.Writer, database.Readers);
        var later = new JobTemplate { Kind = "later", DueAt = new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero) };
        await jobs.InsertAsync([.. Enumerable.Repeat(new NewJob(later, "{}"u8.ToArray()), count)],
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
        await FillAsync(Path.Combine(rota.Folder, "old.db"), JobCount);
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

    /// <summary>Makes each thousandth row take a while, as <see cref="Slow"/> does.</summary>
    private const string SlowPostgres = """
        CREATE FUNCTION rota.slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.2); RETURN new; END';
        CREATE TRIGGER slow AFTER INSERT ON rota.job FOR EACH ROW WHEN (new.id % 1000 = 0)
            EXECUTE FUNCTION rota.slow();
        """;

    private static async Task ExecuteAsync(PostgresServer server, string script)
    {
        await using var source = NpgsqlDataSource.Create(PostgresUrl.Parse(server.Url).Connection);
        await using var command = source.CreateCommand(script);
        await command.ExecuteNonQueryAsync(Stop);
    }

    [Fact]
    public async Task From_SQLite_to_PostgreSQL_and_back_nothing_is_lost_by_a_kill()
    {
        Assert.SkipWhen(PostgresServer.Programs is null && Environment.GetEnvironmentVariable("CI") is null or "",
            "There is no PostgreSQL here; install the package postgresql-15.");
        await using var server = await PostgresServer.StartAsync("-c fsync=off");
        await using var rota = new RotaProcess(folder: null, ("ROTA_DATABASE", server.Url));
        await FillAsync(Path.Combine(rota.Folder, "old.db"), FewJobs);
        await (await PostgresCopy.CreateAsync(server.Url, "the target", Stop)).DisposeAsync(); // makes the tables
        await ExecuteAsync(server, SlowPostgres);
        string[] there = ["database", "copy", "--from", "sqlite:old.db", "--to", server.Url];

        var command = $"dotnet '{RotaProcess.Program}' {string.Join(' ', there)} & echo $! >pid; wait";
        await using (var terminal = new PseudoTerminal(command, rota.Folder, rota.Environment))
        {
            await terminal.SeeAsync("of 40,000 rows");
            await terminal.SeeAsync("█");
            var pid = int.Parse(await File.ReadAllTextAsync(Path.Combine(rota.Folder, "pid"), Stop));
            using var copy = Process.GetProcessById(pid);
            copy.Kill(); // with signal 9
            await terminal.EndAsync();
            Assert.DoesNotContain("hashes are the same", terminal.Screen);
        }
        Assert.Equal(7, (await rota.RunAsync(["serve"])).Code); // on half a copy
        await ExecuteAsync(server, "DROP FUNCTION rota.slow CASCADE");
        var result = await CopyAsync(rota, there);

        Assert.InRange(result.GetProperty("rows_before").GetInt64(), 1, 2 * FewJobs - 1);
        var back = await CopyAsync(rota, ["database", "copy", "--from", server.Url, "--to", "sqlite:back.db"]);
        Assert.Equal(2 * FewJobs, back.GetProperty("rows").GetInt64());
        Assert.Equal(result.GetProperty("tables").ToString(), back.GetProperty("tables").ToString());
        await rota.StartAsync(stop: Stop);
        Assert.Equal("scheduled", (await rota.GetAsync($"jobs/{FewJobs}")).GetProperty("state").GetString());
        Assert.Equal(FewJobs + 1, await rota.EnqueueAsync("later", new { }));
    }

    /// <summary>Copies to the end, where both ends are compared.</summary>
    private static async Task<JsonElement> CopyAsync(RotaProcess rota, string[] command)
    {
        var (code, output, error) = await rota.RunAsync([.. command, "--json"]);
        Assert.True(code == 0, error);
        return JsonElement.Parse(output);
    }
}
