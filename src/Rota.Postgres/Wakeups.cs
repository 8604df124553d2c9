using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Rota.Postgres;

/// <summary>Tells the loops of this process and of all others what commits did.</summary>
/// <remarks>
/// NOTIFY takes a lock over the whole database until its commit is on disk, so it never stands in a transaction that
/// stores something: it follows in one of its own that need not wait for the disk. That of a single new job travels
/// with the statement that inserts it. Both go at once, four in a row and one each millisecond; what is more gathers
/// for five, since most of it waits anyway. Not for one: many a system rounds a sleep of one up to four.
/// Offers of slots, and jobs that were handed to one (<see cref="Handover"/>), travel as news do.
/// One connection listens. Where none can (a transaction pooler) or while it is down, the loops are woken by the clock.
/// </remarks>
internal sealed class Wakeups(PostgresDatabase database) : IAsyncDisposable
{
    private const int LanesCharactersMax = 7_900; // PostgreSQL takes less than 8,000 bytes in all
    private const string Everything = "*";
    private const string Offered = "o";
    private const char Handed = 'h';
    private const string Notify = "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)";
    private const string NotifyOfLast =
        "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2 || currval('rota.job_id'))";
    private const string NotifyOfHanded = """
        SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, coalesce(
            (SELECT $2 || id FROM rota.running WHERE id = currval('rota.job_id')), $3 || currval('rota.job_id')))
        """;
    private static readonly long SendCost = Stopwatch.Frequency / 1_000;
    private static readonly long SendDebtMax = 3 * SendCost;
    private static readonly TimeSpan SendPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan PollPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromSeconds(1);

    private readonly string _self = Guid.NewGuid().ToString("N");
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Wakeup _pending = new();
    private bool _isSending;
    private long _paidAt; // each that is sent costs time, of which some may be owed
    private Task _sender = Task.CompletedTask;
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
        if (database.Lease.IsAlone || wakeup.IsTold)
            return;
        lock (_lock)
        {
            _pending.Add(wakeup);
            if (_isSending || _stop.IsCancellationRequested)
                return;
            _isSending = true;
        }
        _sender = SendAsync(); // as far as the socket on this thread: what is told is waited for
    }

    /// <summary>The statement that tells of the job that the one before it in the same session made: the way back and
    /// forth between the two is spared. Null when nobody is to be told, or when there is so much to tell that it goes
    /// together.</summary>
    public Statement? TryTellWith(Lane lane)
    {
        if (database.IsPooled || database.Lease.IsAlone) // a pooler may give each its own session
            return null;
        lock (_lock)
        {
            if (_isSending || _stop.IsCancellationRequested || !TrySpend())
                return null;
        }
        return new Statement(NotifyOfLast, database.Schema, $"{_self}  {lane.Key}:");
    }

    /// <summary>In its place where the job was to be handed to the worker of a session, and may have been.</summary>
    public Statement TellHandedWith(long session, Lane lane) =>
        new(NotifyOfHanded, database.Schema, $"{_self} {Handed}{session} ", $"{_self}  {lane.Key}:");

    /// <summary>Whether it may be sent at once. Under the lock.</summary>
    private bool TrySpend()
    {
        var now = Stopwatch.GetTimestamp();
        if (_paidAt - now > SendDebtMax)
            return false;
        _paidAt = Math.Max(_paidAt, now) + SendCost;
        return true;
    }

    private void Set(Wakeup wakeup)
    {
        foreach (var (lane, id) in wakeup.Ready)
            database.Lanes.Heat(lane, id);
        foreach (var queue in wakeup.Opened)
            database.Lanes.Open(queue);
        if (wakeup.ChangedQueues)
            database.Lanes.Forget();
        if (wakeup.Ready.Count > 0 || wakeup.Opened.Count > 0 || wakeup.ChangedQueues)
            database.Signals.Ready.Set();
        if (wakeup.MadeWaiting)
            database.Signals.Waiting.Set();
        if (wakeup.AskedCancel)
            database.Signals.CancelRequested.Set();
        if (wakeup.ChangedSchedules)
            database.Signals.Schedules.Set();
    }

    /// <summary>News were missed.</summary>
    private void ForgetAll()
    {
        database.Lanes.Forget();
        SignalAll();
    }

    private void SignalAll()
    {
        database.Signals.Ready.Set();
        database.Signals.Waiting.Set();
        database.Signals.CancelRequested.Set();
        database.Signals.Schedules.Set();
    }

    private async Task SendAsync()
    {
        while (true)
        {
            bool isAtOnce;
            lock (_lock)
            {
                if (_pending.IsEmpty || _stop.IsCancellationRequested)
                {
                    _isSending = false;
                    return;
                }
                isAtOnce = TrySpend();
            }
            if (!isAtOnce)
                await Task.Delay(SendPause, database.Clock);
            Wakeup news;
            lock (_lock)
            {
                (news, _pending) = (_pending, new Wakeup());
                if (!isAtOnce)
                    _paidAt = Stopwatch.GetTimestamp() + SendDebtMax + SendCost; // as if all were owed
            }
            await TrySendAsync(Write(news));
        }
    }

    /// <summary>Tells the others what this process offers.</summary>
    public void TellOffer(string offer) => _ = TrySendAsync($"{_self} {Offered} {offer}");

    private async Task TrySendAsync(string payload)
    {
        try
        {
            await database.RunAsync(async session =>
            {
                await session.RunAsync(Notify, database.Schema, payload);
                return true;
            }, _stop.Token, database.Telling);
        }
        catch (Exception)
        {
            // The others find it when they sweep. Whatever it was, the next news are sent.
        }
    }

    private string Write(Wakeup news)
    {
        var flags = (news.MadeWaiting ? "w" : "") + (news.AskedCancel ? "c" : "") + (news.ChangedSchedules ? "s" : "")
            + (news.ChangedQueues ? "q" : "");
        // A lane and an id, or a queue.
        var lanes = string.Join(',', news.Ready
            .Select(ready => string.Create(CultureInfo.InvariantCulture, $"{ready.Key.Key}:{ready.Value}"))
            .Concat(news.Opened.Select(queue => queue.ToString(CultureInfo.InvariantCulture))));
        return $"{_self} {flags} {(lanes.Length > LanesCharactersMax ? Everything : lanes)}";
    }

    private void Read(string payload)
    {
        var parts = payload.Split(' ');
        if (parts.Length != 3 || parts[0] == _self)
            return;
        database.Lease.Meet();
        if (parts[1] == Offered)
            database.Handover.Hear(parts[2]);
        else if (parts[1].StartsWith(Handed))
            database.Handover.Tell(Number(parts[1].AsSpan(1)), Number(parts[2]));
        else
            Read(parts[1], parts[2]);
    }

    private void Read(string flags, string lanes)
    {
        var news = new Wakeup
        {
            MadeWaiting = flags.Contains('w'),
            AskedCancel = flags.Contains('c'),
            ChangedSchedules = flags.Contains('s'),
            ChangedQueues = flags.Contains('q'),
        };
        if (flags == "" && lanes == "") // hello
        {
            database.Handover.Repeat();
            return;
        }
        if (lanes == Everything)
        {
            ForgetAll();
            return;
        }
        foreach (var lane in lanes.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = lane.IndexOf(':', StringComparison.Ordinal);
            if (at < 0)
                news.Opened.Add((int)Number(lane));
            else
                news.MadeReady(Lane.Of(Number(lane.AsSpan(0, at))), Number(lane.AsSpan(at + 1)));
        }
        Set(news);
    }

    private static long Number(ReadOnlySpan<char> text) => long.Parse(text, CultureInfo.InvariantCulture);

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
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // Whatever it was, it connects again; until then the clock wakes the loops.
                _ = database.Known(error);
                IsListening = false;
                await PollAsync(ReconnectPause).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    private async Task PollAsync(TimeSpan pause)
    {
        await Task.Delay(pause, database.Clock, _stop.Token);
        SignalAll();
    }

    private async Task ListenOnceAsync()
    {
        await using var connection = await database.Source.OpenDirectAsync(_stop.Token);
        connection.Notification += (_, news) => Read(news.Payload);
        await using (var listen = new NpgsqlCommand($"LISTEN \"{database.Schema}\"", connection))
            await listen.ExecuteNonQueryAsync(_stop.Token);
        ForgetAll(); // what was told before nobody heard
        database.Held.Doubt();
        IsListening = true;
        await TrySendAsync(Write(new Wakeup())); // hello: from now on news have somebody to go to
        while (true)
        {
            await connection.WaitAsync(_stop.Token);
            await database.Handover.BeginAsync(connection, _stop.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listener;
        await _sender;
        _stop.Dispose();
    }
}
