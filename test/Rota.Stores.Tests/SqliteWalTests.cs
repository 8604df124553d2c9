using System.Buffers.Binary;
using Rota.Jobs;
using Rota.Sqlite;
using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>The WAL is as long as it needs to be from the start, and stays so.</summary>
public sealed class SqliteWalTests : IDisposable
{
    private const int FilledBytes = 16 << 20;
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 23, 59, 0, TimeSpan.Zero);
    private static readonly NewJob Job = new(new JobTemplate { Kind = "test" }, new byte[] { (byte)'1' });

    private readonly TempFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string DatabasePath => _folder.File("rota.db");

    private string WalPath => DatabasePath + "-wal";

    public void Dispose() => _folder.Dispose();

    private static SqliteDatabase Open(string path) => new(path, new StoreSignals());

    private static SqliteJobs JobsOf(SqliteDatabase database) => new(database.Writer, database.Readers);

    // Of the WAL's header: how often it was begun anew.
    private uint TimesBegun()
    {
        var number = new byte[4];
        using var wal = new FileStream(WalPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        wal.Seek(12, SeekOrigin.Begin);
        wal.ReadExactly(number);
        return BinaryPrimitives.ReadUInt32BigEndian(number);
    }

    [Fact]
    public async Task What_a_crash_leaves_is_read_although_the_file_is_longer_than_its_frames()
    {
        const int Jobs = 100;
        using var database = Open(DatabasePath);
        for (var job = 0; job < Jobs; job++)
            await JobsOf(database).InsertAsync([Job], Now, Stop);
        Assert.Equal(FilledBytes, new FileInfo(WalPath).Length);

        var copy = Directory.CreateDirectory(_folder.File("after-the-crash")).FullName;
        foreach (var path in new[] { DatabasePath, WalPath })
            File.Copy(path, Path.Combine(copy, Path.GetFileName(path)));
        using var next = Open(Path.Combine(copy, "rota.db"));

        Assert.Equal(Jobs, Assert.Single(await JobsOf(next).CountAsync(Stop)).Count);
    }

    [Fact]
    public void A_small_disk_is_not_filled_for_it()
    {
        using var mount = new TempMount("40m");

        using var database = Open(mount.File("rota.db"));

        Assert.True(new FileInfo(mount.File("rota.db-wal")).Length < FilledBytes);
    }

    [Fact]
    public void The_database_file_is_synced_by_the_handle_that_SQLite_has_of_it()
    {
        using var db = new SqliteConnection(DatabasePath, readOnly: false);
        db.Execute("CREATE TABLE tea (cups INTEGER)");

        Assert.Equal(Sqlite3.Ok, Sqlite3.SyncFile(db.Handle));
    }

    [Fact]
    public void No_room_for_the_index_of_the_wal_is_a_full_disk()
    {
        const int NoRoom = 4_874; // SQLITE_IOERR_SHMSIZE

        var error = Assert.IsType<StorageException>(SqliteErrors.From(NoRoom, "disk I/O error", DatabasePath));

        Assert.Equal("storage.full", error.Code);
    }

    [Fact]
    public async Task Under_a_load_without_a_pause_it_is_begun_anew()
    {
        using var database = Open(DatabasePath);
        var jobs = JobsOf(database);
        await jobs.InsertAsync([Job], Now, Stop);
        var begun = TimesBegun();
        var acknowledged = 1;

        while (TimesBegun() == begun)
        {
            await jobs.InsertAsync([.. Enumerable.Repeat(Job, 10)], Now, Stop);
            acknowledged += 10;
        }

        Assert.Equal(acknowledged, Assert.Single(await jobs.CountAsync(Stop)).Count);
    }
}
