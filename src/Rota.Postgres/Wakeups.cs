using System.Globalization;
using Npgsql;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Tells the loops of this process and of all others what commits did.</summary>
/// <remarks>
/// NOTIFY takes a lock over the whole database until its commit is on disk, so it never stands in a transaction that
/// stores something: it follows, at most one in five milliseconds, from a connection that need not wait for the disk.
/// One connection listens. Where none can (a transaction pooler) or while it is down, the loops are woken by the clock.
/// </remarks>
internal sealed class Wakeups(PostgresDatabase database) : IAsyncDisposable
{
    private const int LanesMax = 300;
    private const int ForeignMax = 1_000;
    private const string Everything = "*";
    private static readonly TimeSpan SendPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan PollPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromSeconds(1);

    private readonly string _self = Guid.NewGuid().ToString("N");
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Wakeup _pending = new();
    private bool _isSending;
    private Task _sender = Task.CompletedTask;
    private readonly Dictionary<string, Wakeup> _foreign = [];
    private bool _isWatching;
    private Task _watcher = Task.CompletedTask;
    private Task _listener = Task.CompletedTask;

    /// <summary>News of other nodes arrive at once; otherwise they are polled for.</summary>
    public bool IsListening { get; private set; }

    public void Start() => _listener = Task.Run(ListenAsync);

    /// <summary>Tells everybody; called after the commit.</summary>
    public void Tell(Wakeup wakeup)
    {
        if (wakeup.IsEmpty)
            return;
        Set(wakeup);
        if (database.Lease.IsAlone)
            return;
        lock (_lock)
        {
            _pending.Add(wakeup);
            if (_isSending || _stop.IsCancellationRequested)
                return;
            _isSending = true;
            _sender = Task.Run(SendAsync);
        }
    }

    /// <summary>Tells everybody once a transaction that this process does not end itself has committed.</summary>
    public void TellWhenCommitted(string transaction, Wakeup wakeup)
    {
        lock (_lock)
        {
            if (_foreign.TryGetValue(transaction, out var known))
                known.Add(wakeup);
            else if (_foreign.Count < ForeignMax) // of more than that the sweep will tell
                _foreign.Add(transaction, wakeup);
            if (_isWatching || _stop.IsCancellationRequested)
                return;
            _isWatching = true;
            _watcher = Task.Run(WatchAsync);
        }
    }

    /// <summary>Asks what became of those transactions, less and less often while none ends.</summary>
    private async Task WatchAsync()
    {
        for (var pause = SendPause; ;)
        {
            await Task.Delay(pause);
            string[] open;
            lock (_lock)
            {
                open = [.. _foreign.Keys];
                if (open.Length == 0 || _stop.IsCancellationRequested)
                {
                    _isWatching = false;
                    return;
                }
            }
            pause = await TryTellEndedAsync(open) ? SendPause
                : pause * 2 < ReconnectPause ? pause * 2 : ReconnectPause;
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
                CancellationToken.None, open);
            foreach (var (id, isCommitted) in ended)
            {
                Wakeup? wakeup;
                lock (_lock)
                    _foreign.Remove(id, out wakeup);
                if (isCommitted)
                    Tell(wakeup!);
            }
            return ended.Count > 0;
        }
        catch (StorageException)
        {
            return false;
        }
    }

    private void Set(Wakeup wakeup)
    {
        foreach (var (lane, id) in wakeup.Ready)
            database.Lanes.Heat(lane, id);
        if (wakeup.Ready.Count > 0)
            database.Signals.Ready.Set();
        if (wakeup.MadeWaiting)
            database.Signals.Waiting.Set();
        if (wakeup.AskedCancel)
            database.Signals.CancelRequested.Set();
        if (wakeup.ChangedSchedules)
            database.Signals.Schedules.Set();
    }

    private void SetAll()
    {
        database.Lanes.Forget();
        database.Signals.Ready.Set();
        database.Signals.Waiting.Set();
        database.Signals.CancelRequested.Set();
        database.Signals.Schedules.Set();
    }

    private async Task SendAsync()
    {
        while (true)
        {
            Wakeup news;
            lock (_lock)
            {
                if (_pending.IsEmpty || _stop.IsCancellationRequested)
                {
                    _isSending = false;
                    return;
                }
                (news, _pending) = (_pending, new Wakeup());
            }
            await TrySendAsync(news);
            await Task.Delay(SendPause);
        }
    }

    private async Task TrySendAsync(Wakeup news)
    {
        try
        {
            await database.RunAsync(async session =>
            {
                await session.BatchAsync([
                    new Statement("SELECT set_config('synchronous_commit', 'off', true)"),
                    new Statement("SELECT pg_notify($1, $2)", database.Schema, Write(news))]);
                return true;
            }, _stop.Token);
        }
        catch (Exception error) when (error is StorageException or OperationCanceledException)
        {
            // The others find it when they sweep.
        }
    }

    private string Write(Wakeup news)
    {
        var flags = (news.MadeWaiting ? "w" : "") + (news.AskedCancel ? "c" : "") + (news.ChangedSchedules ? "s" : "");
        var lanes = news.Ready.Count > LanesMax ? Everything : string.Join(',', news.Ready.Select(ready =>
            string.Create(CultureInfo.InvariantCulture, $"{ready.Key.Key}:{ready.Value}")));
        return $"{_self} {flags} {lanes}";
    }

    private void Read(string payload)
    {
        var parts = payload.Split(' ');
        if (parts.Length != 3 || parts[0] == _self)
            return;
        var news = new Wakeup
        {
            MadeWaiting = parts[1].Contains('w'),
            AskedCancel = parts[1].Contains('c'),
            ChangedSchedules = parts[1].Contains('s'),
        };
        if (parts[2] == Everything)
        {
            SetAll();
            return;
        }
        foreach (var lane in parts[2].Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = lane.IndexOf(':', StringComparison.Ordinal);
            news.MadeReady(Lane.Of(long.Parse(lane[..at], CultureInfo.InvariantCulture)),
                long.Parse(lane[(at + 1)..], CultureInfo.InvariantCulture));
        }
        Set(news);
    }

    private async Task ListenAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (database.IsPooled)
                    await PollAsync(PollPause);
                else
                    await ListenOnceAsync();
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error) when (database.Known(error) is not null)
            {
                IsListening = false;
                await PollAsync(ReconnectPause).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    private async Task PollAsync(TimeSpan pause)
    {
        await Task.Delay(pause, _stop.Token);
        SetAll();
    }

    private async Task ListenOnceAsync()
    {
        await using var connection = await database.Source.OpenDirectAsync(_stop.Token);
        connection.Notification += (_, news) => Read(news.Payload);
        await using (var listen = new NpgsqlCommand($"LISTEN {database.Schema}", connection))
            await listen.ExecuteNonQueryAsync(_stop.Token);
        SetAll(); // what was told before nobody heard
        IsListening = true;
        while (true)
            await connection.WaitAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listener;
        await _sender;
        await _watcher;
        _stop.Dispose();
    }
}
