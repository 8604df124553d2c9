using Rota.Storage;

namespace Rota.Workers;

/// <summary>How many jobs the worker of a process has in hand, and how many more it may take: by a claim, or straight
/// from an enqueue of the same process.</summary>
/// <remarks>Made for Rota's own stores and free to change. A new job begins straight away only while claims find less
/// than they asked for, so that nothing that waits for longer is passed by; a claim then asks for half of the room, and
/// leaves the other half open. What is ordered or reserved counts as taken. Any thread may call.</remarks>
public sealed class Room
{
    private const int ClaimMax = 1_000; // ahead of the slots; while a server finds these, the ones before them run
    private static readonly TimeSpan BacklogTime = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private WorkerOptions _options = new();
    private Func<string, int?> _placeOf = _ => null;
    private Action<Claimed, long> _take = (_, _) => { };
    private TimeProvider _clock = TimeProvider.System;
    private int _inHand;
    private (int Slots, int Ahead) _ordered;
    private double _averageSeconds = 1;
    private bool _isHeld;
    private volatile bool _isOpen;
    private volatile bool _isShallow;

    /// <summary>Jobs that are to start in the order of their queue to the letter: new ones wait for those that were
    /// told of.</summary>
    public bool IsStrict => _options.Concurrency == 1;

    internal int InHand
    {
        get
        {
            lock (_lock)
                return _inHand;
        }
    }

    internal bool IsHeld
    {
        get
        {
            lock (_lock)
                return _isHeld;
        }
    }

    /// <summary>For so many jobs more.</summary>
    internal int Free
    {
        get
        {
            lock (_lock)
            {
                var (slots, ahead) = Available();
                return slots + ahead;
            }
        }
    }

    internal bool IsFull => Free == 0;

    /// <summary>The worker begins.</summary>
    /// <param name="placeOf">The place of a queue in the order in which queues are asked, the same for those without
    /// one; null where it is not served.</param>
    /// <param name="take">Gets a job that begins straight away, and the clock's stamp of when it was asked for.</param>
    public void Open(
        WorkerOptions options, TimeProvider clock, Func<string, int?> placeOf, Action<Claimed, long> take)
    {
        lock (_lock)
            (_options, _clock, _placeOf, _take, _isOpen) = (options, clock, placeOf, take, true);
    }

    /// <summary>The worker is held or ends: whoever was told of free slots is to hear that there are none.</summary>
    public event Action? Stopped;

    /// <summary>The worker ends: nothing begins straight away any more but what is on its way.</summary>
    internal void Close()
    {
        lock (_lock)
            _isOpen = false;
        Stopped?.Invoke();
    }

    /// <summary>While it is held there is no room, whatever ends.</summary>
    /// <returns>False when it was so before.</returns>
    internal bool Hold(bool isHeld)
    {
        lock (_lock)
        {
            if (_isHeld == isHeld)
                return false;
            _isHeld = isHeld;
        }
        if (isHeld)
            Stopped?.Invoke();
        return true;
    }

    /// <summary>What a claim asks for; null when there is no room.</summary>
    internal ClaimOrder? Order(IReadOnlyList<string> queues)
    {
        lock (_lock)
        {
            _ordered = default;
            var (slots, free) = Available();
            var ahead = Math.Min(free, ClaimMax);
            _ordered = _isOpen && _isShallow ? ((slots + 1) / 2, ahead / 2) : (slots, ahead);
            return _ordered is (0, 0) ? null : new ClaimOrder(queues, _ordered.Slots, _ordered.Ahead);
        }
    }

    /// <summary>What was ordered is not asked for: there is nothing to find.</summary>
    public void Waive()
    {
        lock (_lock)
            (_ordered, _isShallow) = (default, true);
    }

    /// <summary>Nobody knows what there was of what was ordered: the claim failed.</summary>
    public void Doubt()
    {
        lock (_lock)
            (_ordered, _isShallow) = (default, false);
    }

    /// <summary>The order was answered.</summary>
    internal void Answered(int claimed)
    {
        lock (_lock)
        {
            if (_ordered is not (0, 0))
                _isShallow = claimed < _ordered.Slots + _ordered.Ahead;
            _inHand += claimed;
            _ordered = default;
        }
    }

    /// <summary>Attempts ended; how long they took says how far ahead jobs are taken.</summary>
    internal void Ended(IReadOnlyList<Finished> ended)
    {
        lock (_lock)
        {
            _inHand -= ended.Count;
            foreach (var finished in ended)
            {
                var seconds = Math.Clamp((finished.EndedAt - finished.StartedAt).TotalSeconds, 0, 3_600);
                _averageSeconds += (seconds - _averageSeconds) / 16;
            }
        }
    }

    /// <summary>Whether jobs of a queue may begin straight away.</summary>
    public bool Serves(string queue) => _isOpen && _isShallow && _placeOf(queue) is not null;

    /// <summary>Slots that other processes may fill: claims find less than they ask for.</summary>
    public int Offered
    {
        get
        {
            lock (_lock)
                return _isOpen && _isShallow ? Available().Slots : 0;
        }
    }

    /// <summary>By what jobs are sorted into the order in which a claim takes them.</summary>
    public (int Place, int Priority) TurnOf(string queue, int priority) =>
        (_placeOf(queue) ?? int.MaxValue, priority);

    /// <summary>Keeps room for so many new jobs, or fewer. What is not released by <see cref="Release"/> begins by
    /// <see cref="Begin"/>.</summary>
    public Reservation Reserve(int jobs)
    {
        lock (_lock)
        {
            var (slots, ahead) = _isOpen && _isShallow ? Available() : default;
            var reserved = new Reservation(
                Math.Min(jobs, slots), Math.Clamp(jobs - slots, 0, ahead), _clock.GetTimestamp());
            _inHand += reserved.Slots + reserved.Ahead;
            return reserved;
        }
    }

    /// <summary>Reserved room is not needed.</summary>
    public void Release(int count)
    {
        lock (_lock)
            _inHand -= count;
    }

    /// <summary>Jobs for which there was room are committed, and begin.</summary>
    /// <param name="askedTicks">Of their reservation.</param>
    public void Begin(IEnumerable<Claimed> jobs, long askedTicks)
    {
        foreach (var job in jobs)
            _take(job, askedTicks);
    }

    /// <summary>Free slots, and ahead of them about 50 ms of work.</summary>
    private (int Slots, int Ahead) Available()
    {
        if (_isHeld)
            return default;
        var ahead = (int)Math.Min(_options.Prefetch,
            BacklogTime.TotalSeconds * _options.Concurrency / Math.Max(_averageSeconds, 1e-7));
        var slots = Math.Max(0, _options.Concurrency - _inHand - _ordered.Slots);
        var taken = _inHand + _ordered.Slots + _ordered.Ahead;
        return (slots, Math.Max(0, _options.Concurrency + ahead - taken - slots));
    }
}

/// <param name="Slots">Jobs that start at once.</param>
/// <param name="Ahead">Jobs that wait in the worker.</param>
/// <param name="AskedTicks">Of the worker's clock.</param>
public readonly record struct Reservation(int Slots, int Ahead, long AskedTicks);
