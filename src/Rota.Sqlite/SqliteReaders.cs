using System.Collections.Concurrent;
using Rota.Sqlite.Native;

namespace Rota.Sqlite;

/// <summary>Read-only connections for lists and lookups. A read is bounded in time and never blocks the
/// writer.</summary>
internal sealed class SqliteReaders(string path) : IDisposable
{
    private const int ReadersMax = 8;

    private readonly ConcurrentBag<SqliteConnection> _idle = [];
    private readonly SemaphoreSlim _free = new(ReadersMax);
    private int _isDisposed;

    /// <summary>A read that takes longer is stopped. A test on a busy machine may raise it.</summary>
    internal TimeSpan ReadTimeMax { get; set; } = TimeSpan.FromSeconds(2);

    /// <exception cref="StorageException"><c>storage.too_slow</c> after <see cref="ReadTimeMax"/>.</exception>
    public async Task<T> RunAsync<T>(Func<SqliteConnection, T> body, CancellationToken stop)
    {
        await _free.WaitAsync(stop);
        try
        {
            var db = _idle.TryTake(out var idle) ? idle : Open();
            db.LimitTo(ReadTimeMax);
            try
            {
                return body(db);
            }
            finally
            {
                _idle.Add(db);
            }
        }
        finally
        {
            _free.Release();
        }
    }

    private SqliteConnection Open()
    {
        var db = new SqliteConnection(path, readOnly: true);
        db.Execute("PRAGMA query_only = 1; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 268435456;");
        return db;
    }

    /// <summary>Waits for the reads that go on, which would leave open what is closed here. Each is bounded.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
            return;
        for (var reader = 0; reader < ReadersMax; reader++)
            _free.Wait();
        foreach (var db in _idle)
            db.Dispose();
        _free.Dispose();
    }
}
