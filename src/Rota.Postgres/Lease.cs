namespace Rota.Postgres;

/// <summary>This process's right to hold jobs: a row that it renews. Who is silent for longer than the lease, by the
/// database's clock, counts as dead, and its jobs are rescued.</summary>
internal sealed class Lease(PostgresDatabase database) : IAsyncDisposable
{
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private long _session;

    /// <summary>Number of this process; another one after a lease was lost.</summary>
    public long Session => Volatile.Read(ref _session);

    /// <summary>No other process has a lease, as of the last renewal.</summary>
    public bool IsAlone { get; private set; }

    public async Task StartAsync(CancellationToken stop)
    {
        await BeginAsync(stop);
        _loop = Task.Run(LoopAsync, CancellationToken.None);
    }

    private async Task BeginAsync(CancellationToken stop) => Volatile.Write(ref _session, await database.RunAsync(
        session => session.FindAsync(
            "INSERT INTO rota.session (seen_at) VALUES (clock_timestamp()) RETURNING id",
            rows => rows.GetInt64(0)), stop));

    private async Task LoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var isRenewed = await TryRenewAsync();
            await Task.Delay(isRenewed ? Pause : RetryPause, _stop.Token)
                .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task<bool> TryRenewAsync()
    {
        try
        {
            IsAlone = await database.RunAsync(session => session.FindAsync("""
                SELECT NOT EXISTS (SELECT 1 FROM rota.session WHERE id <> $1)
                """, rows => rows.GetBoolean(0), Session), _stop.Token);
            var isHeld = await database.RunAsync("UPDATE rota.session SET seen_at = clock_timestamp() WHERE id = $1",
                _stop.Token, Session) > 0;
            if (!isHeld)
            {
                await BeginAsync(_stop.Token);
                database.Signals.CancelRequested.Set(); // those who look find that their tokens are gone
            }
            return true;
        }
        catch (StorageException)
        {
            return false; // the worker says why; a lease that is over is found lost at the next renewal
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    /// <summary>Stops renewing, as a process does that dies.</summary>
    public async Task AbandonAsync()
    {
        await _stop.CancelAsync();
        await _loop;
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
            return;
        await AbandonAsync();
        try
        {
            await database.RunAsync("DELETE FROM rota.session WHERE id = $1", CancellationToken.None, Session);
        }
        catch (StorageException)
        {
            // The row grows old and is taken for dead.
        }
        _stop.Dispose();
    }
}
