using System.Text.Json;
using Rota.Commands;
using Rota.Sqlite;
using Rota.Storage;
using Xunit;

namespace Rota.Tests.Commands;

/// <summary>What <c>rota database copy</c> says and exits with; what it does, the tests of the stores say.</summary>
public sealed class DatabaseCopyTests : IDisposable
{
    private readonly CommandRun _run = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _run.Dispose();

    private string PathOf(string name) => Path.Combine(_run.Folder, name);

    private async Task FillAsync(string name)
    {
        using var database = new SqliteDatabase(PathOf(name), new StoreSignals());
        var now = new DateTimeOffset(2026, 1, 31, 23, 59, 0, TimeSpan.Zero);
        await new SqliteSecrets(database.Writer, database.Readers).SetAsync("api", "gAAAAA", now, Stop);
        await new SqliteMemory(database.Writer, database.Readers).SetAsync("scope", "key", "value", Stop);
    }

    private Task<int> CopyAsync(params string[] options) => _run.RunAsync(["database", "copy", .. options]);

    [Fact]
    public async Task It_tells_each_table_and_what_to_do_next()
    {
        await FillAsync("old.db");

        Assert.Equal(ExitCode.Ok, await CopyAsync("--from", "sqlite:old.db", "--to", "sqlite:new/rota.db"));

        Assert.Matches(@"^Table +Rows +Hash\nsecret +1 +[0-9a-f]{32}\nmemory +1 +[0-9a-f]{32}\n", _run.Output);
        Assert.Contains($"copied 2 rows from sqlite:{PathOf("old.db")} to sqlite:{PathOf("new/rota.db")} in ",
            _run.Output);
        Assert.Contains("counts and hashes are the same", _run.Output);
        Assert.Contains("ROTA_DATABASE", _run.Output);
        Assert.Equal("copying secret\ncopying memory\nchecking secret\nchecking memory\n", _run.Error);
    }

    [Fact]
    public async Task With_json_the_result_stands_alone()
    {
        await FillAsync("old.db");

        Assert.Equal(ExitCode.Ok, await CopyAsync("--from", "sqlite:old.db", "--to", "sqlite:new.db", "--json"));

        var result = JsonElement.Parse(_run.Output);
        var secret = result.GetProperty("tables").EnumerateArray()
            .Single(table => table.GetProperty("name").GetString() == "secret");
        Assert.Equal(2, result.GetProperty("rows").GetInt64());
        Assert.Equal(0, result.GetProperty("rows_before").GetInt64());
        Assert.False(result.GetProperty("is_dry_run").GetBoolean());
        Assert.Equal(32, secret.GetProperty("hash").GetString()!.Length);
        Assert.Equal("", _run.Error);
    }

    [Fact]
    public async Task A_dry_run_counts_and_makes_nothing()
    {
        await FillAsync("old.db");
        var before = await File.ReadAllBytesAsync(PathOf("old.db"), Stop);

        Assert.Equal(ExitCode.Ok,
            await CopyAsync("--from", "sqlite:old.db", "--to", "sqlite:new/rota.db", "--dry-run"));

        Assert.StartsWith("Table   Rows\nsecret  1\nmemory  1\n2 rows would be copied from ", _run.Output);
        Assert.Equal(before, await File.ReadAllBytesAsync(PathOf("old.db"), Stop));
        Assert.False(Directory.Exists(PathOf("new")));
    }

    [Fact]
    public async Task A_database_that_holds_something_is_refused()
    {
        await FillAsync("old.db");
        await FillAsync("new.db");

        foreach (var options in new string[][] { [], ["--dry-run"], ["--restart"] })
        {
            Assert.Equal(ExitCode.Conflict,
                await CopyAsync([.. options, "--from", "sqlite:old.db", "--to", "sqlite:new.db"]));
            Assert.StartsWith("error: The target is not empty; its rows: 1 in secret, 1 in memory.\nhint: ",
                _run.Error);
        }
    }

    [Fact]
    public async Task A_source_that_a_Rota_works_on_is_refused()
    {
        using var running = new SqliteDatabase(PathOf("old.db"), new StoreSignals());

        Assert.Equal(ExitCode.Storage, await CopyAsync("--from", "sqlite:old.db", "--to", "sqlite:new.db"));

        Assert.StartsWith($"error: A Rota process works on {PathOf("old.db")}.\nhint: Stop ", _run.Error);
        Assert.False(File.Exists(PathOf("new.db")));
    }

    [Fact]
    public async Task A_source_that_is_not_there_is_not_found_and_not_made()
    {
        Assert.Equal(ExitCode.NotFound, await CopyAsync("--from", "sqlite:old.db", "--to", "sqlite:new.db"));

        Assert.Empty(Directory.GetFiles(_run.Folder));
    }

    [Theory]
    [InlineData("--to sqlite:b.db", "error: Give either --from or --from-env.")]
    [InlineData("--from sqlite:a.db --from-env A --to sqlite:b.db", "error: Give either --from or --from-env.")]
    [InlineData("--from a.db --to sqlite:b.db", "error: --from names no database.")]
    [InlineData("--from sqlite: --to sqlite:b.db", "error: --from names no database.")]
    [InlineData("--from sqlite:a.db --to postgres:", "error: --to is wrong: It is no address of a PostgreSQL")]
    [InlineData("--from sqlite:a.db --to sqlite:./a.db", "error: --from and --to name the same database.")]
    [InlineData("--from sqlite:a.db --to-env NOPE", "error: The variable NOPE is not set.")]
    public async Task Wrong_use_exits_with_2(string options, string error)
    {
        Assert.Equal(ExitCode.Usage, await CopyAsync(options.Split(' ')));

        Assert.StartsWith(error, _run.Error);
        Assert.Contains("\nhint: ", _run.Error);
    }

    [Fact]
    public async Task A_password_is_taken_from_a_variable_and_shown_nowhere()
    {
        const string Address = "postgres://rota:geheim@127.0.0.1:1/rota";
        await FillAsync("old.db");
        _run.Variables["TARGET"] = Address;

        Assert.Equal(ExitCode.Storage, await CopyAsync("--from", "sqlite:old.db", "--to-env", "TARGET"));
        Assert.DoesNotContain("warning", _run.Error);
        Assert.DoesNotContain("geheim", _run.Error);

        Assert.Equal(ExitCode.Storage, await CopyAsync("--from", "sqlite:old.db", "--to", Address));
        Assert.StartsWith("warning: every user of this machine can read the password of --to", _run.Error);
        Assert.DoesNotContain("geheim", _run.Error);
    }

    [Fact]
    public async Task What_was_stopped_is_told_to_go_on()
    {
        await FillAsync("old.db");
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        Assert.Equal(ExitCode.Interrupted, await RotaCommand.RunAsync(
            ["database", "copy", "--from", "sqlite:old.db", "--to", "sqlite:new.db"], _run.Terminal, stop.Token));

        Assert.Equal("stopped; the same command goes on where it stopped\n", _run.Error);
    }
}
