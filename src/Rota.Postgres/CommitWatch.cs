using Npgsql;

namespace Rota.Postgres;

/// <summary>Looks what became of transactions that callers of Rota end themselves, and tells what they did once they
/// have committed.</summary>
internal sealed class CommitWatch(PostgresDatabase database) : IAsyncDisposable
{
    private const int OpenMax = 1_000;
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, Wakeup> _open = [];
    private bool _isWatching;
    private Task _watcher = Task.CompletedTask;

    /// <summary>Tells everybody once a transaction that this process does not end itself has committed.</summary>
    public void Add(string transaction, Wakeup wakeup)
    {
        lock (_lock)
        {
            if (_open.TryGetValue(transaction, out var known))
                known.Add(wakeup);
            else if (_open.Count < OpenMax) // of more than that the sweep will tell
                _open.Add(transaction, wakeup);
            if (_isWatching || _stop.IsCancellationRequested)
                return;
            _isWatching = true;
            _watcher = Task.Run(WatchAsync);
        }
    }

    /// <summary>Asks what became of those transactions, less and less often while none ends.</summary>
    private async Task WatchAsync()
    {
        for (var pause = PauseMin; ;)
        {
            await Task.Delay(pause, database.Clock);
            string[] open;
            lock (_lock)
            {
                open = [.. _open.Keys];
                if (open.Length == 0 || _stop.IsCancellationRequested)
                {
                    _isWatching = false;
                    return;
                }
            }
            pause = await TryTellEndedAsync(open) ? PauseMin
                : pause * 2 < PauseMax ? pause * 2 : PauseMax;
        }
    }

    /// <returns>Whether one has ended.</returns>
    private async Task<bool> TryTellEndedAsync(string[] open)
    {
        try
        {
            var ended = await database.ListAsync("""
                SELECT id, pg_xact_status(id::xid8) = 'committed'
                FROM unnest($1::text[]) AS open (id)
                WHERE pg_xact_status(id::xid8) IS DISTINCT FROM 'in progress'
                """, rows => (Id: rows.GetString(0), IsCommitted: !rows.IsDBNull(1) && rows.GetBoolean(1)),
                CancellationToken.None, (object)open);
            foreach (var (id, isCommitted) in ended)
            {
                if (Take(id) is { } wakeup && isCommitted)
                    database.Wakeups.Tell(wakeup);
            }
            return ended.Count > 0;
        }
        catch (StorageException)
        {
            return false;
        }
        catch (PostgresException)
        {
            // After a crash of the server a number may be one that was never given. To tell too much harms nothing.
            foreach (var id in open)
            {
                if (Take(id) is { } wakeup)
                    database.Wakeups.Tell(wakeup);
            }
            return true;
        }
    }

    private Wakeup? Take(string transaction)
    {
        lock (_lock)
            return _open.Remove(transaction, out var wakeup) ? wakeup : null;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watcher;
        _stop.Dispose();
    }
}
