using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Workers;

/// <summary>Claims jobs and runs them: the loop between the store and the slots.</summary>
/// <remarks>
/// One loop brings the ended attempts to the store and takes the next jobs in the same round trip; slots take jobs from
/// the backlog and leave ended attempts in a list. The loop sleeps until a job becomes ready or an attempt ends. While
/// the backlog still feeds the slots it lets ended attempts gather for a moment, so that a round trip carries many.
/// A server works on both at once: there ends have a loop of their own, so that neither waits for the other.
/// If the store refuses a batch (full disk, locked), the batch is kept and brought again: an ended attempt is never
/// forgotten. Stop: claim no more, give back what has not started, let running jobs end, cancel what is left after the
/// drain time and give it back.
/// </remarks>
internal sealed class Worker(
    IJobStore store, StoreSignals signals, HandlerRegistry handlers, IServiceScopeFactory scopes,
    AttemptServices services, JobMetrics metrics, RetentionRule retention, ILogger<Worker> log)
    : BackgroundService
{
    private const int FlushMax = 512;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan GatherApart = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryPauseMax = TimeSpan.FromSeconds(5);

    /// <summary>So long before its lease may be over, a worker that hears nothing stops to rely on it.</summary>
    public static readonly TimeSpan LeaseMargin = TimeSpan.FromSeconds(4);

    private readonly WorkerOptions _options = services.Options;
    private readonly QueueOrder _queues = new(
        services.Options.Queues, services.Options.Node, services.Random);
    private readonly Channel<Ahead> _backlog = Channel.CreateUnbounded<Ahead>();
    private readonly Lock _lock = new();
    private readonly List<Slot> _slots = [];
    private readonly Room _room = signals.Room;
    private readonly AsyncSignal _left = new();
    private List<Finished> _ended = [];
    private Task _bringing = Task.CompletedTask;
    private volatile bool _isOver;
    private int _started;
    private bool _mayBeReady = true;

    // A store with a lease is a server's. A file has one writer, and ends and claims share its transaction.
    private bool EndsGoApart => store.Lease is not null;

    /// <summary>Attempts that run now.</summary>
    public int RunningCount => Volatile.Read(ref _started);

    public IReadOnlyList<Slot> Slots
    {
        get
        {
            lock (_lock)
                return [.. _slots];
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_options.IsEnabled)
            return;
        await RescueAsync(stoppingToken);
        for (var slot = 0; slot < _options.Concurrency; slot++)
            AddSlot();
        log.Working(_options.Node, _options.Concurrency,
            _options.Queues.Count == 0 ? "all" : string.Join(", ", _options.Queues));
        _room.Open(_options, services.Clock, _queues.PlaceOf, Take);
        if (EndsGoApart)
            _bringing = BringApartAsync();
        try
        {
            while (true)
            {
                await WaitAsync(stoppingToken);
                if (_room.IsHeld)
                    GiveBackUnstarted();
                await ExchangeAsync(isStopping: false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await DrainAsync();
        }
        finally
        {
            _isOver = true;
            _left.Set();
        }
        await _bringing;
    }

    private async Task RescueAsync(CancellationToken stop)
    {
        var count = await UntilStoredAsync(() =>
            store.RescueAsync(new RescueRule(_options.CrashesMax), services.Clock.GetUtcNow(), stop));
        if (count > 0)
            log.Rescued(count);
    }

    private void Take(Claimed job, long askedTicks)
    {
        metrics.Claimed([job], services.Clock.GetUtcNow());
        if (_backlog.Writer.TryWrite(new Ahead(job, askedTicks)))
            return;
        GiveBack(job); // the worker ends
    }

    private void AddSlot()
    {
        var slot = new Slot(_backlog.Reader, handlers, scopes, services, End);
        lock (_lock)
            _slots.Add(slot);
        _ = Task.Run(() => slot.RunAsync(TryStart));
    }

    // A job that waited here for too long may be another node's by now, if this process was out of touch or asleep: it
    // goes back, and the token decides.
    private bool TryStart(Ahead next)
    {
        if (store.Lease is { } lease && services.Clock.GetElapsedTime(next.AskedTicks) > lease - LeaseMargin)
        {
            GiveBack(next.Job);
            return false;
        }
        Interlocked.Increment(ref _started);
        return true;
    }

    private void End(RunningAttempt attempt, Finished finished)
    {
        finished = finished with { IsKept = retention.IsKept(finished) };
        Interlocked.Decrement(ref _started);
        metrics.Ended(attempt, finished);
        Report(attempt, finished);
        Leave(finished);
    }

    /// <summary>Leaves it to the loop that brings it to the store.</summary>
    private void Leave(Finished finished)
    {
        bool isFirst;
        lock (_lock)
        {
            _ended.Add(finished);
            isFirst = _ended.Count is 1 or FlushMax;
        }
        if (isFirst)
            (EndsGoApart ? _left : signals.Ready).Set();
    }

    private void Report(RunningAttempt attempt, Finished finished)
    {
        if (finished.Event == JobEvent.Fail)
            log.Failed(attempt.Id, attempt.Kind, attempt.Attempt, attempt.MaxAttempts, finished.DueAt,
                finished.Error!.Message);
        else if (finished.Event == JobEvent.Exhaust)
            log.FailedForGood(attempt.Id, attempt.Kind, finished.Reason, attempt.Attempt, finished.Error!.Message);
    }

    private int EndedCount
    {
        get
        {
            lock (_lock)
                return _ended.Count;
        }
    }

    /// <summary>Returns when a round trip is worth it.</summary>
    private async Task WaitAsync(CancellationToken stop)
    {
        var hasEnded = !EndsGoApart && EndedCount > 0;
        if (!hasEnded && (!_mayBeReady || _room.IsFull))
            await WakeAsync(Poll, stop);
        var isMuch = EndsGoApart ? _room.Free >= FlushMax : EndedCount >= FlushMax;
        if (!isMuch && _backlog.Reader.Count >= _options.Concurrency)
            await WakeAsync(Gather, stop);
        stop.ThrowIfCancellationRequested();
    }

    private async Task WakeAsync(TimeSpan limit, CancellationToken stop)
    {
        await signals.Ready.WaitAsync(limit, services.Clock, stop);
        _mayBeReady = true;
        if (_bringing.IsFaulted)
            await _bringing; // what ended it ends this loop too
    }

    private async Task ExchangeAsync(bool isStopping)
    {
        var ended = EndsGoApart ? [] : TakeEnded();
        var exchange = new Exchange(_options.Node, ended, Claim: null, services.Clock.GetUtcNow());
        var asked = 0L;
        var exchanged = await UntilStoredAsync(() =>
        {
            asked = services.Clock.GetTimestamp();
            if (!isStopping)
                exchange = exchange with { Claim = _room.Order(_queues.Next()) };
            return store.ExchangeAsync(exchange, CancellationToken.None);
        });
        _room.Answered(exchanged.Claimed.Count);
        Tell(exchanged.Refused);
        _mayBeReady = exchange.Claim is { } order && exchanged.Claimed.Count >= order.Slots + order.Prefetch;
        metrics.Claimed(exchanged.Claimed, exchange.Now);
        foreach (var job in exchanged.Claimed)
            _backlog.Writer.TryWrite(new Ahead(job, asked));
    }

    private List<Finished> TakeEnded()
    {
        List<Finished> ended;
        lock (_lock)
            (ended, _ended) = (_ended, []);
        _room.Ended(ended);
        return ended;
    }

    /// <summary>Brings what ends to a server: at once where nothing went just before, and otherwise what ends within
    /// 5 ms together, since each batch costs the same, large or small.</summary>
    private async Task BringApartAsync()
    {
        try
        {
            while (!_isOver || EndedCount > 0)
            {
                if (EndedCount == 0)
                    await _left.WaitAsync(Poll, services.Clock, CancellationToken.None);
                else
                    await BringOnceAsync();
            }
        }
        finally
        {
            signals.Ready.Set();
        }
    }

    private async Task BringOnceAsync()
    {
        var beganAt = services.Clock.GetTimestamp();
        var exchange = new Exchange(_options.Node, TakeEnded(), Claim: null, services.Clock.GetUtcNow());
        signals.Ready.Set(); // there is room for others
        Tell((await UntilStoredAsync(() => store.ExchangeAsync(exchange, CancellationToken.None))).Refused);
        // Where there is no room, the next ones make some at once.
        var rest = GatherApart - services.Clock.GetElapsedTime(beganAt);
        if (rest > TimeSpan.Zero && !_room.IsFull && !_isOver)
            await Task.Delay(rest, services.Clock);
    }

    private void Tell(IEnumerable<long> refused)
    {
        foreach (var token in refused)
            log.LeaseLost(token);
    }

    /// <summary>Repeats a write until the store takes it: full disks and locks pass, ended attempts must not.</summary>
    private async Task<T> UntilStoredAsync<T>(Func<Task<T>> write)
    {
        for (var pause = RetryPause; ; pause = pause * 2 < RetryPauseMax ? pause * 2 : RetryPauseMax)
        {
            try
            {
                return await write();
            }
            catch (StorageException error) when (error.Code != "storage.closed")
            {
                log.StoreRefused(error.Why());
                await Task.Delay(pause, services.Clock);
            }
        }
    }

    /// <summary>Gives up on an attempt that ignores its stop token, and puts another slot in place of its
    /// own.</summary>
    public void Abandon(Slot slot, RunningAttempt attempt)
    {
        if (!attempt.TryClose())
            return;
        log.Abandoned(attempt.Id, attempt.Kind, attempt.StopReason);
        lock (_lock)
            _slots.Remove(slot);
        AddSlot();
        End(attempt, OutcomeRule.OfError(attempt, new OperationCanceledException(), services.Clock.GetUtcNow(), 0));
    }

    /// <summary>Sorts out of the backlog what others have taken over while this process was away.</summary>
    public async Task GiveUpLostAsync(CancellationToken stop)
    {
        var ahead = new List<Ahead>();
        while (_backlog.Reader.TryRead(out var next))
            ahead.Add(next);
        IReadOnlyDictionary<long, string?> asked = new Dictionary<long, string?>();
        try
        {
            asked = await store.StopRequestsAsync([.. ahead.Select(next => next.Job)], stop);
        }
        finally
        {
            // Whatever the store said: a job that left the backlog goes back into it, or to the store.
            foreach (var next in ahead)
            {
                var isLost = asked.TryGetValue(next.Job.Token, out var reason) && reason is null;
                if (isLost || !_backlog.Writer.TryWrite(next))
                    GiveBack(next.Job);
            }
        }
    }

    private void GiveBack(Claimed job) => Leave(OutcomeRule.Unstarted(job, services.Clock.GetUtcNow()));

    /// <summary>Takes no more jobs for as long as it is held, and gives back what has not started; what runs goes on.
    /// </summary>
    public void Hold(bool isHeld)
    {
        if (!_room.Hold(isHeld))
            return;
        log.Held(isHeld ? "drained: it takes no more jobs" : "resumed: it takes jobs again");
        signals.Ready.Set();
    }

    private async Task DrainAsync()
    {
        _room.Close();
        GiveBackUnstarted();
        _backlog.Writer.TryComplete();
        if (RunningCount > 0)
            log.Draining(RunningCount, _options.Drain);
        await BringAsync(_options.Drain);
        foreach (var slot in Slots)
            slot.Current?.Stop(StopReason.Shutdown);
        await BringAsync(_options.Grace);
        foreach (var slot in Slots)
        {
            if (slot.Current is { } attempt)
                Abandon(slot, attempt);
        }
        await services.Reporter.FlushAsync();
        if (!EndsGoApart)
            await ExchangeAsync(isStopping: true);
    }

    private void GiveBackUnstarted()
    {
        while (_backlog.Reader.TryRead(out var next))
            GiveBack(next.Job);
    }

    /// <summary>Brings what ends to the store until nothing is in hand any more, or the time is over.</summary>
    private async Task BringAsync(TimeSpan limit)
    {
        var start = services.Clock.GetTimestamp();
        while (true)
        {
            if (EndedCount > 0 && !EndsGoApart)
                await ExchangeAsync(isStopping: true);
            var left = limit - services.Clock.GetElapsedTime(start);
            if (_room.InHand == 0 || left <= TimeSpan.Zero)
                return;
            if (EndedCount == 0 || EndsGoApart)
                await signals.Ready.WaitAsync(left, services.Clock, CancellationToken.None);
        }
    }
}
