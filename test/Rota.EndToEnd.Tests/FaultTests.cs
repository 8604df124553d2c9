using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>What goes wrong around a running Rota: disks, files, locks, clocks, kills.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task Acknowledged_jobs_survive_kill_9_and_end_once()
    {
        await using var rota = await new RotaProcess(null, ("ROTA_SHELL__ISENABLED", "true")).StartAsync();
        var acknowledged = new List<long>();
        for (var round = 0; round < 3; round++)
        {
            for (var job = 0; job < 20; job++)
            {
                acknowledged.Add(await rota.EnqueueAsync("shell.run",
                    new { argv = new[] { "/bin/sh", "-c", "read x" }, stdin = "go\n" }, new { max_attempts = 100 }));
            }
            await rota.KillAsync();
            await rota.StartAsync();
        }

        foreach (var id in acknowledged)
        {
            var job = await rota.EndOfAsync(id);
            Assert.Equal("succeeded", job.GetProperty("state").GetString());
        }
        var counts = await rota.GetAsync("jobs/counts");
        Assert.Equal(acknowledged.Count, counts.GetProperty("states").GetProperty("succeeded").GetInt32());
    }

    [Fact]
    public async Task A_full_disk_loses_no_acknowledged_job_and_Rota_goes_on_when_there_is_space()
    {
        using var disk = SmallDisk.Mount(24);
        await using var rota = await new RotaProcess(disk.Folder, ("ROTA_LOG_DIR", Path.GetTempPath())).StartAsync();
        await rota.PostAsync("queues/held/pause", new { });
        var acknowledged = new List<long>();
        HttpRequestException? full = null;
        for (var job = 0; full is null && job < 1_000; job++)
        {
            try
            {
                acknowledged.Add(await rota.EnqueueAsync(
                    "some.kind", new { text = new string('x', 100_000) }, new { queue = "held" }));
            }
            catch (HttpRequestException error)
            {
                full = error;
            }
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, full!.StatusCode);
        Assert.Contains("storage.full", full.Message);
        disk.Resize(96);
        await RotaProcess.WaitAsync(async () =>
        {
            try
            {
                acknowledged.Add(await rota.EnqueueAsync("some.kind", new { }, new { queue = "held" }));
                return true;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, "Rota takes jobs again");
        var listed = await rota.GetAsync("jobs/counts");
        Assert.Equal(acknowledged.Count, listed.GetProperty("states").GetProperty("queued").GetInt32());
        await rota.KillAsync();
    }

    [Theory]
    [InlineData("corrupt", "is damaged or no SQLite database")]
    [InlineData("owned", "Another Rota process runs on")]
    [InlineData("key", "does not hold the key")]
    public async Task A_start_that_cannot_work_says_why_in_a_line_and_changes_nothing(string fault, string sentence)
    {
        await using var rota = await new RotaProcess().StartAsync();
        await rota.PutAsync("secrets/one", new { value = "the value" });
        if (fault != "owned")
            await rota.StopAsync();
        var database = Directory.GetFiles(rota.Data, "*.db").Single();
        if (fault == "corrupt")
            await File.WriteAllTextAsync(database, string.Concat(Enumerable.Repeat("no database at all ", 1_000)));
        if (fault == "key")
        {
            await File.WriteAllTextAsync(
                Path.Combine(rota.Data, "fernet.key"), "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=\n");
        }
        var before = fault == "corrupt" ? await File.ReadAllBytesAsync(database) : [];

        await using var second = new RotaProcess(rota.Folder);
        var (code, output, error) = await second.RunAsync(["serve"]);

        Assert.NotEqual(0, code);
        Assert.Contains(sentence, output + error);
        Assert.DoesNotContain("   at Rota.", error);
        if (fault == "corrupt")
            Assert.Equal(before, await File.ReadAllBytesAsync(database));
    }

    [Fact]
    public async Task Wrong_settings_are_reported_all_at_once_with_their_names()
    {
        await using var rota = new RotaProcess(null, ("ROTA_WORKERS__CONCURRENCY", "0"), ("ROTA_LOG_FORMAT", "xml"));

        var (code, output, error) = await rota.RunAsync(["serve"]);

        Assert.Equal(2, code);
        Assert.Contains("Concurrency", output + error, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("LOG_FORMAT", output + error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_locked_database_is_waited_out_and_nothing_acknowledged_is_lost()
    {
        await using var rota = await new RotaProcess().StartAsync();
        await rota.PostAsync("queues/held/pause", new { });
        var database = Directory.GetFiles(rota.Data, "*.db").Single();
        using var other = new Rota.Sqlite.Native.SqliteConnection(database, readOnly: false);
        other.Execute("BEGIN IMMEDIATE");

        var refused = await Assert.ThrowsAsync<HttpRequestException>(
            () => rota.EnqueueAsync("some.kind", new { }, new { queue = "held" }));
        other.Execute("ROLLBACK");
        await rota.EnqueueAsync("some.kind", new { }, new { queue = "held" });

        Assert.Contains("storage.locked", refused.Message);
        var counts = await rota.GetAsync("jobs/counts");
        Assert.Equal(1, counts.GetProperty("states").GetProperty("queued").GetInt32());
    }

    [Fact]
    public async Task A_stop_gives_running_jobs_back_without_counting_an_attempt()
    {
        await using var rota = new RotaProcess(
            null, ("ROTA_SHELL__ISENABLED", "true"), ("ROTA_WORKERS__DRAIN", "00:00:01"));
        await rota.StartAsync();
        var id = await rota.EnqueueAsync(
            "shell.run", new { argv = new[] { "sleep", "600" } }, new { max_attempts = 1 });
        await RotaProcess.WaitAsync(async () => State(await rota.GetAsync($"jobs/{id}")) == "running",
            "the job runs");

        Assert.Equal(0, await rota.StopAsync());
        await rota.StartAsync();

        await RotaProcess.WaitAsync(async () => State(await rota.GetAsync($"jobs/{id}")) == "running",
            "the job runs again");
        var job = await rota.GetAsync($"jobs/{id}");
        Assert.Equal(1, job.GetProperty("attempt").GetInt32());
        await rota.PostAsync($"jobs/{id}/cancel", new { });
        Assert.Equal("canceled", State(await rota.EndOfAsync(id)));
    }

    private static string? State(JsonElement job) => job.GetProperty("state").GetString();
}

/// <summary>A file system of a few megabytes, in memory, for tests that fill it.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string folder) => Folder = folder;

    public string Folder { get; }

    public static SmallDisk Mount(int megabytes)
    {
        Assert.SkipUnless(System.Environment.UserName == "root", "Mounting a small disk needs root.");
        var folder = Directory.CreateTempSubdirectory("rota-disk-").FullName;
        Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", folder);
        return new SmallDisk(folder);
    }

    public void Resize(int megabytes) => Run("mount", "-o", $"remount,size={megabytes}m", Folder);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    public void Dispose()
    {
        Run("umount", "-l", Folder);
        Directory.Delete(Folder);
    }
}
