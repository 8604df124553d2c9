using System.Text.Json;
using Npgsql;
using Rota.Postgres;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>A rolling upgrade: this program and a later one, which `./check` builds with a higher version and a
/// migration more (test/Rota.Next), work on one database.</summary>
public sealed class UpgradeTests(NodesFixture nodes) : IClassFixture<NodesFixture>
{
    private const string NextVersion = "99.0.0";

    // More than one of them has slots for, and fewer than two have.
    private const int Held = 6;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private static readonly string Next = Path.Combine(
        RotaProcess.Repository, "artifacts", "next", "bin", "Rota", "release", "rota.dll");

    [Fact]
    public async Task A_later_program_migrates_under_an_older_one_and_both_work_until_the_older_one_is_too_old()
    {
        Assert.SkipUnless(File.Exists(Next) || Environment.GetEnvironmentVariable("CI") is { Length: > 0 },
            "There is no later program here; ./check builds it.");
        var old = nodes.Server;
        var throughOld = await ReleasedAsync(old);
        var load = new Load(throughOld, Pause);
        await RotaProcess.WaitAsync(() => load.Acknowledged > 20, "jobs are acknowledged before the migration");
        Assert.Equal([(1, 1)], await MigrationsAsync());

        await using var next = await nodes.StartServerAsync("next", Next);
        Assert.Equal([(1, 1), (2, 1)], await MigrationsAsync());
        var throughNext = await ReleasedAsync(next);
        var nextLoad = new Load(throughNext, Pause);
        var before = load.Acknowledged;
        await RotaProcess.WaitAsync(() => load.Acknowledged > before + 50 && nextLoad.Acknowledged > 50,
            "jobs are acknowledged by both after the migration");
        await AssertListedAsync(old);
        await AssertListedAsync(next);
        Assert.Equal(["next", "server"], await WorkedByAsync(old));
        Assert.Equal(["next", "server"], await WorkedByAsync(next));

        await DrainAsync(old, next);
        await old.StartAsync(); // to go back, for example
        await AssertListedAsync(old);
        Assert.Equal(["next", "server"], await WorkedByAsync(old));
        var asked = await load.EndAsync();
        var askedNext = await nextLoad.EndAsync();
        await AssertRunOnceAsync(throughOld, asked);
        await AssertRunOnceAsync(throughNext, askedNext);
        Assert.Equal(0, nextLoad.Refused);

        await old.StopAsync();
        await ForbidAsync();
        foreach (var verb in (string[])["serve", "work"])
        {
            var (code, output, error) = await old.RunAsync([verb]);
            Assert.Equal(7, code);
            Assert.Contains("error: The database has schema 2, but this Rota knows only 1.\nhint: ", error);
            Assert.DoesNotContain("   at ", output + error);
        }
        await (await ReleasedAsync(next)).SucceededAsync(await throughNext.EnqueueAsync());
    }

    private async Task<Notes> ReleasedAsync(RotaProcess through)
    {
        var notes = await nodes.NewNotesAsync(NodesFixture.SharedQueue, through);
        notes.Release();
        return notes;
    }

    /// <summary>Each server, whichever is asked, is listed with its version.</summary>
    private static async Task AssertListedAsync(RotaProcess asked)
    {
        var listed = (await asked.GetAsync("nodes")).GetProperty("items").EnumerateArray()
            .Select(node => (Text(node, "name"), Text(node, "version"))).Order();
        var ours = typeof(NodesFixture).Assembly.GetName().Version!.ToString(fieldCount: 3);
        Assert.Equal([("next", NextVersion), ("server", ours)], listed);
    }

    /// <summary>Who runs what this one is given.</summary>
    private async Task<IEnumerable<string?>> WorkedByAsync(RotaProcess through)
    {
        var notes = await nodes.NewNotesAsync(NodesFixture.SharedQueue, through);
        var jobs = new List<long>();
        while (jobs.Count < Held)
            jobs.Add(await notes.EnqueueAsync());
        foreach (var id in jobs)
            await notes.WaitAsync(id, "start");
        notes.Release();
        return (await AssertRunOnceAsync(notes, jobs)).Distinct().Order();
    }

    /// <returns>The nodes that ran them.</returns>
    private static async Task<List<string?>> AssertRunOnceAsync(Notes notes, List<long> jobs)
    {
        var workedBy = new List<string?>();
        foreach (var id in jobs)
            workedBy.Add(Text(await notes.SucceededAsync(id), "node"));
        var all = notes.All();
        Assert.All(jobs, id => Assert.Equal((1, 1), (all[(id, "start")].Count(), all[(id, "end")].Count())));
        return workedBy;
    }

    /// <summary>The old one ends what it runs, under load, and is gone.</summary>
    private async Task DrainAsync(RotaProcess old, RotaProcess next)
    {
        var notes = await nodes.NewNotesAsync("node:server", next);
        var running = await notes.EnqueueAsync();
        await notes.WaitAsync(running, "start");
        var stopped = old.StopAsync();
        await RotaProcess.WaitAsync(() => old.Output.Any(line => line.Contains("Stopping: ")), "the old one drains");
        notes.Release();
        Assert.Equal(0, await stopped);
        Assert.Equal(["server"], await AssertRunOnceAsync(notes, [running]));
        var listed = (await next.GetAsync("nodes")).GetProperty("items").EnumerateArray();
        Assert.Equal("next", Text(Assert.Single(listed), "name"));
    }

    private async Task<List<(int Number, int WorksWith)>> MigrationsAsync()
    {
        await using var database = NpgsqlDataSource.Create(PostgresUrl.Parse(nodes.Postgres.Url).Connection);
        await using var command = database.CreateCommand(
            "SELECT number, works_with FROM rota.migration ORDER BY number");
        await using var rows = await command.ExecuteReaderAsync();
        var migrations = new List<(int, int)>();
        while (await rows.ReadAsync())
            migrations.Add((rows.GetInt32(0), rows.GetInt32(1)));
        return migrations;
    }

    /// <summary>As a migration that this program cannot work with would leave it.</summary>
    private async Task ForbidAsync()
    {
        await using var database = NpgsqlDataSource.Create(PostgresUrl.Parse(nodes.Postgres.Url).Connection);
        await using var command = database.CreateCommand("UPDATE rota.migration SET works_with = 2 WHERE number = 2");
        await command.ExecuteNonQueryAsync();
    }

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();
}
