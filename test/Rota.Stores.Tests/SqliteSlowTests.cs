using Rota.Jobs;
using Rota.Sqlite;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>A search that would read for a minute is stopped, and hinders nothing after it.</summary>
public sealed class SqliteSlowTests : IDisposable
{
    private const int Jobs = 60, Bytes = 1 << 20, NeedleBytes = 40_000;
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 23, 59, 0, TimeSpan.Zero);

    private readonly TempFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_read_that_goes_on_is_waited_for_when_the_database_is_closed_and_leaves_nothing_behind()
    {
        var database = new SqliteDatabase(_folder.File("rota.db"), new StoreSignals());
        using var isReading = new ManualResetEventSlim();
        using var mayEnd = new ManualResetEventSlim();
        var read = Task.Run(() => database.Readers.RunAsync(db =>
        {
            isReading.Set();
            mayEnd.Wait(Stop);
            using var rows = db.Query("SELECT count(*) FROM job");
            return rows.Next();
        }, Stop), Stop);
        isReading.Wait(Stop);
        var close = Task.Run(database.Dispose, Stop);

        Assert.NotSame(close, await Task.WhenAny(close, Task.Delay(TimeSpan.FromMilliseconds(50), Stop)));
        mayEnd.Set();
        Assert.True(await read);
        await close;
        Assert.Equal(["rota.db", "rota.db.owner"],
            Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_search_that_takes_too_long_is_stopped_and_says_how_to_narrow_it()
    {
        using var database = new SqliteDatabase(_folder.File("rota.db"), new StoreSignals());
        var jobs = new SqliteJobs(database.Writer, database.Readers);
        var args = new byte[Bytes];
        args.AsSpan().Fill((byte)'1');
        var job = new NewJob(new JobTemplate { Kind = "big" }, args);
        await jobs.InsertAsync([.. Enumerable.Repeat(job, Jobs)], Now, Stop);

        // At each of a mebibyte of places the needle fits up to its last byte: about a second for each job.
        var search = new JobFilter { Search = new string('1', NeedleBytes) + "2" };
        var error = await Assert.ThrowsAsync<StorageException>(() => jobs.ListAsync(search, null, 100, Stop));

        Assert.Equal("storage.too_slow", error.Code);
        Assert.Contains("a state, a kind or a queue", error.Hint);
        Assert.Empty(await jobs.ListAsync(search with { Kind = "small" }, null, 100, Stop));
        Assert.Equal(Jobs, (await jobs.ListAsync(new JobFilter { Kind = "big" }, null, 100, Stop)).Count);
    }
}
