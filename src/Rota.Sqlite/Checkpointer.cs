using Rota.Sqlite.Native;

namespace Rota.Sqlite;

/// <summary>Moves committed pages from the WAL into the database file, beside the writer and not in its way.</summary>
/// <remarks>A passive checkpoint never waits for anybody. Under a load without a pause it never reaches the end of the
/// WAL either, so that the file would grow: past <see cref="WalPagesMax"/> the writer stops for one that
/// does.</remarks>
internal sealed class Checkpointer : IDisposable
{
    private const int WalPagesMax = 32_000; // 128 MiB
    private const int Passive = 0, Restart = 2, Truncate = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly SqliteConnection _db;
    private readonly ManualResetEventSlim _dirty = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private volatile bool _isWalLong;

    public Checkpointer(string path)
    {
        _db = new SqliteConnection(path, readOnly: false);
        _db.Execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;");
        _thread = new Thread(Loop) { Name = "rota sqlite checkpoint", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Called by the writer after each commit, between two transactions.</summary>
    /// <param name="writer">The writer's connection, which no transaction holds now.</param>
    public void AfterCommit(SqliteConnection writer)
    {
        if (!_dirty.IsSet)
            _dirty.Set();
        if (!_isWalLong)
            return;
        _ = Sqlite3.WalCheckpoint(writer.Handle, 0, Restart, out _, out _);
        _isWalLong = false;
    }

    private void Loop()
    {
        try
        {
            while (true)
            {
                _dirty.Wait(_stop.Token);
                _stop.Token.WaitHandle.WaitOne(Pause);
                _dirty.Reset();
                _ = Sqlite3.WalCheckpoint(_db.Handle, 0, Passive, out var frames, out _);
                _isWalLong = frames > WalPagesMax;
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
