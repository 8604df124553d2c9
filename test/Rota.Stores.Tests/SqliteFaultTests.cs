using System.Collections.Concurrent;
using Rota.Jobs;
using Rota.Sqlite;
using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>What can be wrong with the file, the disk and the neighbours: a clear error, and nothing lost.</summary>
public sealed class SqliteFaultTests : IDisposable
{
    private static readonly JobTemplate Plain = new() { Kind = "test" };
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 23, 59, 0, TimeSpan.Zero);

    private readonly TempFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string DatabasePath => _folder.File("rota.db");

    public void Dispose() => _folder.Dispose();

    private static SqliteDatabase Open(string path) => new(path, new StoreSignals());

    private static SqliteJobs JobsOf(SqliteDatabase database) => new(database.Writer, database.Readers);

    private static StorageException Refused(string path) => Assert.Throws<StorageException>(() => Open(path).Dispose());

    private static async Task InsertAsync(SqliteJobs jobs, string? key = null, int bytes = 2)
    {
        var args = System.Text.Encoding.UTF8.GetBytes(new string('1', bytes));
        await jobs.InsertAsync([new NewJob(Plain with { Key = key }, args)], Now, Stop);
    }

    [Fact]
    public void A_file_has_one_owner_at_a_time()
    {
        using var owner = Open(DatabasePath);

        Assert.Equal("storage.owned", Refused(DatabasePath).Code);
    }

    [Fact]
    public void A_file_whose_owner_is_gone_can_be_opened()
    {
        Open(DatabasePath).Dispose();

        Open(DatabasePath).Dispose();
    }

    [Fact]
    public async Task A_refused_second_owner_does_the_first_no_harm()
    {
        using var owner = Open(DatabasePath);
        Refused(DatabasePath);

        await InsertAsync(JobsOf(owner));

        Assert.Equal(1, Assert.Single(await JobsOf(owner).CountAsync(Stop)).Count);
    }

    [Fact]
    public void A_missing_folder_is_made()
    {
        Open(_folder.File("new/deeper/rota.db")).Dispose();

        Assert.True(File.Exists(_folder.File("new/deeper/rota.db")));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_named()
    {
        File.WriteAllText(_folder.File("file"), "");

        var error = Refused(_folder.File("file/rota.db"));

        Assert.Equal("storage.cannot_open", error.Code);
        Assert.Contains(_folder.File("file/rota.db"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_read_only_folder_is_refused_as_such()
    {
        using var mount = new TempMount("4m");
        mount.MakeReadOnly();

        Assert.Equal("storage.cannot_open", Refused(mount.File("rota.db")).Code);
    }

    [Fact]
    public void An_existing_database_on_a_read_only_disk_is_not_mistaken_for_one_that_is_in_use()
    {
        using var mount = new TempMount("4m");
        Open(mount.File("rota.db")).Dispose();
        mount.MakeReadOnly();

        Assert.Equal("storage.cannot_open", Refused(mount.File("rota.db")).Code);
    }

    [Fact]
    public void Random_bytes_are_corrupt_and_stay_as_they_are()
    {
        var bytes = new byte[100_000];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(DatabasePath, bytes);

        Assert.Equal("storage.corrupt", Refused(DatabasePath).Code);
        Assert.Equal(bytes, File.ReadAllBytes(DatabasePath));
    }

    [Fact]
    public void A_database_whose_first_table_is_overwritten_is_corrupt()
    {
        Open(DatabasePath).Dispose();
        using (var file = File.OpenWrite(DatabasePath))
        {
            var bytes = new byte[3_900];
            new Random(1).NextBytes(bytes);
            file.Position = 100; // behind the header: the table of tables
            file.Write(bytes);
        }

        Assert.Equal("storage.corrupt", Refused(DatabasePath).Code);
    }

    [Fact]
    public void A_database_of_a_newer_Rota_is_refused()
    {
        Open(DatabasePath).Dispose();
        using (var db = new SqliteConnection(DatabasePath, readOnly: false))
            db.Execute("PRAGMA user_version = 9999");

        var error = Refused(DatabasePath);

        Assert.Equal("storage.newer", error.Code);
        Assert.Contains("9999", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writes_are_refused_together_while_another_program_holds_the_lock_and_go_on_afterwards()
    {
        using var owner = Open(DatabasePath);
        var jobs = JobsOf(owner);
        using var other = new SqliteConnection(DatabasePath, readOnly: false);
        other.Execute("BEGIN EXCLUSIVE");

        var writes = Enumerable.Range(0, 20).Select(_ => InsertAsync(jobs)).ToList();
        var ended = Task.WhenAll(writes);
        // The first write waits alone for 5 s, the other 19 together for another 5 s.
        await Assert.ThrowsAsync<StorageException>(() => ended.WaitAsync(TimeSpan.FromSeconds(20), Stop));
        Assert.All(writes, write =>
            Assert.Equal("storage.locked", Assert.IsType<StorageException>(write.Exception!.InnerException).Code));

        other.Execute("COMMIT");
        await InsertAsync(jobs);
        Assert.Equal(1, Assert.Single(await jobs.CountAsync(Stop)).Count);
    }

    [Fact]
    public void A_database_that_another_program_has_locked_cannot_be_opened()
    {
        Open(DatabasePath).Dispose();
        using var other = new SqliteConnection(DatabasePath, readOnly: false);
        other.Execute("BEGIN EXCLUSIVE");

        Assert.Equal("storage.locked", Refused(DatabasePath).Code);
    }

    [Fact]
    public async Task A_closed_store_refuses_writes()
    {
        var database = Open(DatabasePath);
        var jobs = JobsOf(database);
        database.Dispose();

        var error = await Assert.ThrowsAsync<StorageException>(() => InsertAsync(jobs));

        Assert.Equal("storage.closed", error.Code);
    }

    [Fact]
    public async Task On_a_full_disk_what_was_acknowledged_is_there_what_was_refused_is_not_and_it_goes_on_by_itself()
    {
        using var mount = new TempMount("10m");
        await File.WriteAllBytesAsync(mount.File("ballast"), new byte[7_000_000], Stop);
        var acknowledged = new ConcurrentBag<string>();
        var refused = new ConcurrentBag<string>();

        using (var database = Open(mount.File("rota.db")))
        {
            var jobs = JobsOf(database);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(caller => FillAsync(jobs, caller, acknowledged, refused)));
            Assert.Equal(4, refused.Count);
            Assert.NotEmpty(acknowledged);

            File.Delete(mount.File("ballast"));
            for (var n = 0; n < 20; n++)
            {
                await InsertAsync(jobs, $"after-{n}", bytes: 10_000);
                acknowledged.Add($"after-{n}");
            }
        }

        using var again = Open(mount.File("rota.db"));
        foreach (var key in acknowledged)
            Assert.NotNull(await JobsOf(again).FindKeyAsync("default", key, Stop));
        foreach (var key in refused)
            Assert.Null(await JobsOf(again).FindKeyAsync("default", key, Stop));
        Assert.Equal(acknowledged.Count, Assert.Single(await JobsOf(again).CountAsync(Stop)).Count);
    }

    private static async Task FillAsync(
        SqliteJobs jobs, int caller, ConcurrentBag<string> acknowledged, ConcurrentBag<string> refused)
    {
        for (var n = 0; n < 1_000; n++)
        {
            var key = $"{caller}-{n}";
            try
            {
                await InsertAsync(jobs, key, bytes: 10_000);
                acknowledged.Add(key);
            }
            catch (StorageException error)
            {
                Assert.Contains(error.Code, new[] { "storage.full", "storage.io" });
                refused.Add(key);
                return;
            }
        }
    }
}
