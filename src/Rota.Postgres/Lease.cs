using System.Diagnostics;

namespace Rota.Postgres;

/// <summary>This process's right to hold jobs: a row that it renews. Who is silent for longer than the lease, by the
/// database's clock, counts as dead, and its jobs are rescued.</summary>
internal sealed class Lease(PostgresDatabase database) : IAsyncDisposable
{
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan GapMax = 2 * Pause;

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private long _session;
    private long _renewedAt;
    private long _gapAt;

    /// <summary>Number of this process; another one after a lease was lost.</summary>
    public long Session => Volatile.Read(ref _session);

    /// <summary>No other process has a lease, as of the last renewal.</summary>
    public bool IsAlone { get; private set; }

    /// <summary>For a whole lease the database has answered without a gap. Behind a gap nobody can be called dead: the
    /// others could not renew either, and first get the time to.</summary>
    public bool IsSteady => Stopwatch.GetElapsedTime(Volatile.Read(ref _renewedAt)) < GapMax
        && (Volatile.Read(ref _gapAt) is 0 || Stopwatch.GetElapsedTime(Volatile.Read(ref _gapAt)) >= Length);

    private void NoteRenewal()
    {
        var now = Stopwatch.GetTimestamp();
        if (_renewedAt != 0 && Stopwatch.GetElapsedTime(_renewedAt, now) >= GapMax)
            Volatile.Write(ref _gapAt, now);
        Volatile.Write(ref _renewedAt, now);
    }

    public async Task StartAsync(CancellationToken stop)
    {
        await BeginAsync(stop);
        _loop = Task.Run(LoopAsync, CancellationToken.None);
    }

    private async Task BeginAsync(CancellationToken stop)
    {
        var (id, now) = await database.RunAsync(session => session.FindAsync(
            "INSERT INTO rota.session (seen_at) VALUES (clock_timestamp()) RETURNING id, seen_at",
            rows => (rows.GetInt64(0), rows.GetFieldValue<DateTimeOffset>(1))), stop);
        Volatile.Write(ref _session, id);
        database.Clock.Set(now);
        NoteRenewal();
    }

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
            var (isHeld, isAlone, now) = await database.RunAsync(session => session.FindAsync("""
                UPDATE rota.session
                SET seen_at = clock_timestamp()
                WHERE id = $1
                RETURNING true, NOT EXISTS (SELECT 1 FROM rota.session WHERE id <> $1), seen_at
                """, rows => (rows.GetBoolean(0), rows.GetBoolean(1), rows.GetFieldValue<DateTimeOffset>(2)),
                Session), _stop.Token);
            IsAlone = isAlone;
            if (isHeld)
            {
                database.Clock.Set(now);
                NoteRenewal();
            }
            else
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
        if (_stop.IsCancellationRequested || Session == 0)
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
