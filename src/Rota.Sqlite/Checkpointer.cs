using Rota.Sqlite.Native;

namespace Rota.Sqlite;

/// <summary>Moves committed pages from the WAL into the database file, beside the writer and not in its way.</summary>
/// <remarks>
/// A passive checkpoint never waits for anybody. When it comes to the WAL's end before the next commit, that one begins
/// the WAL anew; so it is done a few times in a row. Under a load without a pause that never happens: then the writer
/// does one itself between two transactions, past <see cref="WalPages"/> when it finds little left to do, and past
/// <see cref="WalPagesMax"/> in any case, one that waits for the reads. SQLite syncs the database file only in a
/// checkpoint that comes to the WAL's end, and that would be the writer's, with all pages since the last one: so the
/// file is synced here before, and the writer finds little left of that, too.
/// Where the disk has room, the file is filled with zeros at first: a commit that makes a file longer takes twice as
/// long as one that writes over what is there, because the file system has to store the new length as well. SQLite
/// reads a WAL up to the first frame without the right checksum.
/// </remarks>
internal sealed class Checkpointer : IDisposable
{
    private const int WalPages = 3_000, WalPagesMax = 32_000; // 12 MiB and 128 MiB
    private const long WalBytes = 16 << 20, FreeBytesLeast = 8 * WalBytes;
    private const int LooksMax = 4, LittlePages = 250;
    private const int Nothing = -1, Passive = 0, Restart = 2, Truncate = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly SqliteConnection _db;
    private readonly ManualResetEventSlim _dirty = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private volatile int _ofWriter = Nothing;

    public Checkpointer(string path)
    {
        _db = new SqliteConnection(path, readOnly: false);
        _db.Execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;");
        FillWal(path + "-wal");
        _thread = new Thread(Loop) { Name = "rota sqlite checkpoint", IsBackground = true };
        _thread.Start();
    }

    private static void FillWal(string path)
    {
        try
        {
            if (new DriveInfo(path).AvailableFreeSpace < FreeBytesLeast)
                return;
            using var wal = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            wal.Seek(0, SeekOrigin.End);
            wal.Write(new byte[Math.Max(0, WalBytes - wal.Length)]);
            wal.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // Commits are slower, and that is all.
        }
    }

    /// <summary>Called by the writer after each commit, between two transactions.</summary>
    /// <param name="writer">The writer's connection, which no transaction holds now.</param>
    public void AfterCommit(SqliteConnection writer)
    {
        if (!_dirty.IsSet)
            _dirty.Set();
        var mode = _ofWriter;
        if (mode == Nothing)
            return;
        _ = Sqlite3.WalCheckpoint(writer.Handle, 0, mode, out _, out _);
        _ofWriter = Nothing;
    }

    /// <returns>False: the disk failed. It may have lost pages that were copied, which only the WAL still holds; so the
    /// WAL is not begun anew before the next start.</returns>
    private bool CatchUp()
    {
        if (!TryCheckpoint(out var pages))
            return false;
        var came = 0;
        for (var look = 1; look < LooksMax && pages > WalPages && came <= LittlePages; look++)
        {
            // The second one finds what came during the sync and the first.
            if (Sqlite3.SyncFile(_db.Handle) != Sqlite3.Ok || !TryCheckpoint(out var before)
                || !TryCheckpoint(out pages))
                return false;
            came = pages - before;
        }
        if (pages > WalPagesMax)
            _ofWriter = Restart;
        else if (pages > WalPages && came <= LittlePages)
            _ofWriter = Passive;
        return true;
    }

    /// <param name="pages">Length of the WAL.</param>
    /// <returns>False: its sync failed.</returns>
    private bool TryCheckpoint(out int pages) =>
        Sqlite3.WalCheckpoint(_db.Handle, 0, Passive, out pages, out _) != Sqlite3.IoErrorSync;

    private void Loop()
    {
        try
        {
            while (true)
            {
                _dirty.Wait(_stop.Token);
                _stop.Token.WaitHandle.WaitOne(Pause);
                _dirty.Reset();
                if (!CatchUp())
                    return;
            }
        }
        catch (OperationCanceledException)
        {
            _ = Sqlite3.WalCheckpoint(_db.Handle, 0, Truncate, out _, out _);
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _db.Dispose();
        _stop.Dispose();
        _dirty.Dispose();
    }
}
