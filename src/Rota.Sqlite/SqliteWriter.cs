using System.Diagnostics;
using System.Threading.Channels;
using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>The only one that writes. Concurrent writes share one transaction and one fsync (group
/// commit).</summary>
/// <remarks>
/// Its thread's loop: take what waits (up to a limit), BEGIN, run each, write the counters, COMMIT, then answer each
/// caller. If one of a group throws, the group is rolled back and each write runs again in a transaction of its own, so
/// that one refused write never spoils its neighbours. A body may therefore run twice, and must do nothing but SQL.
/// If COMMIT fails (full disk), every write of the group fails and nothing of it is stored.
/// A lone caller, whom nobody met for a while, spares the way to the thread and back: it commits where it stands, a few
/// times in a row. Then it goes by the thread once, so that callers it keeps from starting get their chance to be met:
/// only on the thread do writes gather. There, callers who were answered together and call again at once are taken into
/// the running transaction, so that they share one commit instead of two that take turns.
/// </remarks>
internal sealed class SqliteWriter : IDisposable
{
    public const string Pragmas = """
        PRAGMA auto_vacuum = INCREMENTAL;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA wal_autocheckpoint = 0;
        PRAGMA cache_size = -65536;
        PRAGMA temp_store = MEMORY;
        """;

    private const int GroupMax = 2_000;
    private const int WaitingMax = 20_000;
    // Before it sleeps: the next call of a lone caller often comes within microseconds.
    private const int SpinCount = 50;
    // So many groups of one in a row on the thread, until a caller counts as alone; then so many commits of its own.
    private const int LoneAfter = 16, LoneTurns = 16;
    // From so many callers on it waits for them; when they stay away, so many groups are taken without.
    private const int GatherLeast = 4, GatherRest = 8;
    private static readonly long GatherTicksMax = Stopwatch.Frequency / 500;

    private readonly Channel<Write> _writes = Channel.CreateBounded<Write>(
        new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    private readonly ManualResetEventSlim _added = new(initialState: false, SpinCount);
    private readonly SqliteConnection _db;
    private readonly WriteSession _session;
    private readonly StoreSignals _signals;
    private readonly Checkpointer _checkpointer;
    private readonly Thread _thread;
    private readonly Lock _turn = new();
    private readonly List<Write> _own = new(1);
    private volatile int _groupsOfOne;
    private volatile int _loneTurns;
    private long _commitTicks;
    private int _rests;
    private bool _isSynced = true;
    private bool _isClosed;

    public SqliteWriter(string path, StoreSignals signals)
    {
        _signals = signals;
        _db = new SqliteConnection(path, readOnly: false);
        try
        {
            _db.Execute(Pragmas);
            Migrator.Migrate(_db);
            SqliteCopy.RefuseHalf(_db);
            _session = new WriteSession(_db, signals.Room);
            _checkpointer = new Checkpointer(path);
        }
        catch
        {
            _db.Dispose();
            throw;
        }
        _thread = new Thread(Loop) { Name = "rota sqlite writer", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Runs <paramref name="body"/> in a write transaction; the task ends after the commit.</summary>
    /// <param name="isSynced">False for what may be forgotten at a power cut, though never at a kill: its commit waits
    /// for no fsync of its own. A claim is such: forgotten, the job is ready again.</param>
    public Task<T> RunAsync<T>(Func<WriteSession, T> body, CancellationToken stop, bool isSynced = true)
    {
        if (stop.IsCancellationRequested)
            return Task.FromCanceled<T>(stop);
        var write = new Write<T>(body, isSynced);
        if (TryRunHere(write))
            return write.Task;
        if (!_writes.Writer.TryWrite(write))
            return WhenThereIsRoomAsync(write, stop);
        _added.Set();
        return write.Task;
    }

    /// <summary>Commits on the caller's thread, if the caller is alone.</summary>
    private bool TryRunHere(Write write)
    {
        if (_loneTurns == 0)
            return false;
        if (!_turn.TryEnter())
        {
            _groupsOfOne = _loneTurns = 0;
            return false;
        }
        try
        {
            if (_isClosed || _loneTurns == 0 || _writes.Reader.Count > 0)
                return false;
            _loneTurns--;
            _own.Add(write);
            RunGroup(_own, expected: 0);
            _own.Clear();
            _checkpointer.AfterCommit(_db);
            return true;
        }
        finally
        {
            _turn.Exit();
        }
    }

    private async Task<T> WhenThereIsRoomAsync<T>(Write<T> write, CancellationToken stop)
    {
        try
        {
            await _writes.Writer.WriteAsync(write, stop);
        }
        catch (ChannelClosedException)
        {
            throw new StorageException("storage.closed", "Rota is stopping.", "Send it again after the restart.");
        }
        _added.Set();
        return await write.Task;
    }

    public Task RunAsync(Action<WriteSession> body, CancellationToken stop) =>
        RunAsync(session =>
        {
            body(session);
            return true;
        }, stop);

    private void Loop()
    {
        var group = new List<Write>(GroupMax);
        var expected = 0;
        do
        {
            _added.Wait();
            _added.Reset();
            while (TakeGroup(group) || expected > 0)
            {
                lock (_turn)
                {
                    RunGroup(group, expected);
                    _checkpointer.AfterCommit(_db);
                }
                _groupsOfOne = group.Count == 1 ? _groupsOfOne + 1 : 0;
                _loneTurns = _groupsOfOne >= LoneAfter ? LoneTurns : 0;
                expected = Expected(group.Count, expected);
                group.Clear();
            }
        }
        while (!_writes.Reader.Completion.IsCompleted);
    }

    /// <returns>How many will call at once: those who were just answered, beside those who wait; 0 for few, and for a
    /// while after others stayed away.</returns>
    private int Expected(int came, int expected)
    {
        if (came * 2 < expected)
            _rests = GatherRest;
        else if (_rests > 0)
            _rests--;
        expected = Math.Min(came + _writes.Reader.Count, GroupMax);
        return _rests > 0 || expected < GatherLeast ? 0 : expected;
    }

    private bool TakeGroup(List<Write> group)
    {
        while (group.Count < GroupMax && _writes.Reader.TryRead(out var write))
            group.Add(write);
        return group.Count > 0;
    }

    private void RunGroup(List<Write> group, int expected)
    {
        var error = TryCommit(group, expected);
        if (error is null)
            return;
        if (group.Count == 1 || error is StorageException { Code: "storage.locked" })
        {
            foreach (var write in group) // locked out: each alone would wait as long again, in vain
                write.Fail(error);
            return;
        }
        foreach (var write in group)
        {
            List<Write> alone = [write];
            if (TryCommit(alone, expected: 0) is { } own)
                write.Fail(own);
        }
    }

    private Exception? TryCommit(List<Write> group, int expected)
    {
        SetSynced(expected > 0 || group.Exists(write => write.IsSynced));
        try
        {
            _db.Run("BEGIN IMMEDIATE");
            var until = Stopwatch.GetTimestamp() + Math.Min(_commitTicks, GatherTicksMax);
            for (var at = 0; at < group.Count || Joins(group, expected, until); at++)
                group[at].Run(_session);
            _session.WriteCounts();
            var start = Stopwatch.GetTimestamp();
            _db.Run("COMMIT");
            _commitTicks = group.Count > 0 ? Stopwatch.GetTimestamp() - start : 0;
        }
        catch (Exception error)
        {
            Rollback();
            _session.Forget();
            return error;
        }
        Signal();
        foreach (var write in group)
            write.Complete();
        return null;
    }

    /// <summary>Waits for one more of those who are expected, for no longer than a commit takes.</summary>
    private bool Joins(List<Write> group, int expected, long until)
    {
        while (group.Count < expected)
        {
            if (_writes.Reader.TryRead(out var write))
            {
                group.Add(write);
                return true;
            }
            if (Stopwatch.GetTimestamp() > until)
                return false;
            Thread.Yield();
        }
        return false;
    }

    private void Rollback()
    {
        try
        {
            _db.Run("ROLLBACK");
        }
        catch (Exception error) when (error is InvalidOperationException or StorageException)
        {
            // SQLite has rolled back by itself (full disk, I/O error): no transaction is left.
        }
    }

    private void Signal()
    {
        _session.Starts.Begin();
        if (_session.MadeReady)
            _signals.Ready.Set();
        if (_session.MadeWaiting)
            _signals.Waiting.Set();
        if (_session.AskedCancel)
            _signals.CancelRequested.Set();
        if (_session.ChangedSchedules)
            _signals.Schedules.Set();
        _session.Forget();
    }

    public void Dispose()
    {
        if (!_writes.Writer.TryComplete())
            return;
        _added.Set();
        _thread.Join();
        lock (_turn)
            _isClosed = true;
        _checkpointer.Dispose();
        _db.Dispose();
        _added.Dispose();
    }

    /// <summary>Chooses whether the next commit waits for the disk. A later one that does covers the earlier ones.
    /// </summary>
    private void SetSynced(bool isSynced)
    {
        if (_isSynced == isSynced)
            return;
        _db.Execute(isSynced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        _isSynced = isSynced;
    }

    private abstract class Write(bool isSynced)
    {
        public bool IsSynced { get; } = isSynced;

        public abstract void Run(WriteSession session);

        public abstract void Complete();

        public abstract void Fail(Exception error);
    }

    private sealed class Write<T>(Func<WriteSession, T> body, bool isSynced) : Write(isSynced)
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        public Task<T> Task => _done.Task;

        public override void Run(WriteSession session) => _result = body(session);

        public override void Complete() => _done.SetResult(_result!);

        public override void Fail(Exception error) => _done.SetException(error);
    }
}
