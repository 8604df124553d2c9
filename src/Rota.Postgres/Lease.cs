using System.Diagnostics;
using Npgsql;
using Rota.Copies;

namespace Rota.Postgres;

/// <summary>This process's right to hold jobs: a row that it renews. Who is silent for longer than the lease, by the
/// database's clock, counts as dead, and its jobs are rescued.</summary>
/// <remarks>
/// It renews over a connection of its own, with short limits: neither a pool that others have emptied nor a connection
/// that died without a word may cost the lease. A database that was away was away for all: who has just come back, or
/// just started, leaves silent leases alone until everybody had the time to renew.
/// </remarks>
internal sealed class Lease(PostgresDatabase database) : IAsyncDisposable
{
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(15);
    private const int AnswerSecondsMax = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    // Two renewals in a row that are further apart mean that the database, or the way there, was away.
    private static readonly TimeSpan GapMax = Length / 2;

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private NpgsqlConnection? _connection;
    private long _session;
    private long _renewedTicks;
    private long _inTouchTicks;
    private long _metTicks;

    /// <summary>Number of this process; another one after a lease was lost.</summary>
    public long Session => Volatile.Read(ref _session);

    /// <summary>No other process has a lease, as far as is known: each one says hello.</summary>
    public bool IsAlone { get; private set; }

    /// <summary>Another process was heard of.</summary>
    public void Meet()
    {
        Volatile.Write(ref _metTicks, Stopwatch.GetTimestamp());
        IsAlone = false;
    }

    /// <summary>This process was in touch for so long that whoever is silent is silent by himself.</summary>
    public bool MayEndOthers
    {
        get
        {
            var now = Stopwatch.GetTimestamp();
            return Stopwatch.GetElapsedTime(Volatile.Read(ref _inTouchTicks), now) >= Length
                && Stopwatch.GetElapsedTime(Volatile.Read(ref _renewedTicks), now) <= GapMax;
        }
    }

    /// <summary>Lets it pass for one that was in touch for long: a test does not wait for that.</summary>
    public void Settle() => Volatile.Write(ref _inTouchTicks, long.MinValue / 2);

    public async Task StartAsync(CancellationToken stop)
    {
        await BeginAsync(stop);
        _loop = Task.Run(LoopAsync, CancellationToken.None);
    }

    // Nobody begins to work on a database that is being copied into.
    private async Task BeginAsync(CancellationToken stop)
    {
        var asked = Stopwatch.GetTimestamp();
        var (id, now) = await AskAsync("""
            INSERT INTO rota.session (seen_at)
            SELECT clock_timestamp()
            WHERE NOT EXISTS (SELECT 1 FROM rota.setting WHERE name = $1)
            RETURNING id, seen_at
            """, rows => (rows.GetInt64(0), rows.GetFieldValue<DateTimeOffset>(1)), stop, CopyMarker.Setting);
        if (id == 0)
            throw CopyErrors.HalfCopied();
        Volatile.Write(ref _session, id);
        Renewed(asked, now);
    }

    private void Renewed(long asked, DateTimeOffset now)
    {
        database.Clock.Set(now, asked);
        if (_renewedTicks == 0 || Stopwatch.GetElapsedTime(_renewedTicks, asked) > GapMax)
            Volatile.Write(ref _inTouchTicks, asked);
        Volatile.Write(ref _renewedTicks, asked);
    }

    private async Task LoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var isRenewed = await TryRenewAsync();
            await Task.Delay(isRenewed ? Pause : RetryPause, database.Clock, _stop.Token)
                .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task<bool> TryRenewAsync()
    {
        try
        {
            var asked = Stopwatch.GetTimestamp();
            var (isHeld, isAlone, now) = await AskAsync("""
                UPDATE rota.session
                SET seen_at = clock_timestamp()
                WHERE id = $1
                RETURNING true, NOT EXISTS (SELECT 1 FROM rota.session WHERE id <> $1), seen_at
                """, rows => (rows.GetBoolean(0), rows.GetBoolean(1), rows.GetFieldValue<DateTimeOffset>(2)),
                _stop.Token, Session);
            IsAlone = isAlone && Volatile.Read(ref _metTicks) < asked; // who said hello meanwhile was not counted
            if (isHeld)
                Renewed(asked, now);
            else
                await BeginAgainAsync();
            return true;
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception)
        {
            // Whatever it was, it is tried again: without this loop the process would never hold a job again. The
            // worker says why; a lease that is over is found lost at the next renewal.
            return false;
        }
    }

    private async Task BeginAgainAsync()
    {
        await BeginAsync(_stop.Token);
        database.Signals.CancelRequested.Set(); // those who look find that their tokens are gone
        database.Lanes.Forget(); // claims without a lease found nothing, whatever was there
        database.Signals.Ready.Set();
    }

    private async Task<T?> AskAsync<T>(
        string sql, Func<NpgsqlDataReader, T> read, CancellationToken stop, params object?[] values)
    {
        try
        {
            _connection ??= await database.Source.OpenDirectAsync(stop);
            var session = new PostgresSession(database, _connection, AnswerSecondsMax, stop);
            return await session.FindAsync(sql, read, values);
        }
        catch (Exception error)
        {
            await DisconnectAsync();
            if (PostgresErrors.IsKnown(error))
                throw database.Known(error)!;
            throw;
        }
    }

    private async Task DisconnectAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }

    /// <summary>Stops renewing, as a process does that dies.</summary>
    public async Task AbandonAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        await DisconnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested || Session == 0)
            return;
        await AbandonAsync();
        try
        {
            await AskAsync("DELETE FROM rota.session WHERE id = $1 RETURNING id", rows => rows.GetInt64(0),
                CancellationToken.None, Session);
        }
        catch (Exception error) when (error is StorageException or NpgsqlException)
        {
            // The row grows old and is taken for dead.
        }
        await DisconnectAsync();
        _stop.Dispose();
    }
}
