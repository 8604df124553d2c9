using Rota.Storage;

namespace Rota.Schedules;

/// <summary>The schedules that are due soon, as this node knows them: what is due is then found without a look into the
/// database, and a schedule that is due often is read once.</summary>
/// <remarks>
/// A sweep reads, a page at a time, all that is due up to the horizon; one begins every few seconds, and when a
/// schedule was made or changed. What this node fired is put back with its next due time. Where another node fires or
/// edits, the book is out of date; but a fire holds only where version and due time are still those of the book, and
/// what is lost by that is read again after a moment. So the book may make a run late, but never wrong.
/// Its size is bounded: when it is full, the horizon comes nearer, and at the nearest it waits until some are fired.
/// </remarks>
internal sealed class DueBook(IScheduleStore store, TimeProvider clock)
{
    private const long ArgsBytesMax = 64 << 20;
    private static readonly TimeSpan HorizonMax = TimeSpan.FromSeconds(10), HorizonLeast = TimeSpan.FromSeconds(0.25);

    // Another transaction holds a schedule: how long is not ours to say.
    private static readonly TimeSpan LostPause = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<string, Schedule> _schedules = [];
    private readonly PriorityQueue<Schedule, long> _queue = new(); // with some that are out of date
    private readonly HashSet<string> _lost = [];
    private TimeSpan _horizon = HorizonMax;
    private DateTimeOffset _until, _sweepBy;
    private DueTime? _last;
    private long _argsBytes, _sweptAt, _lostAt;
    private bool _isSweeping, _isOutdated = true;

    /// <summary>Schedules of one read. 1 to 1,000.</summary>
    internal int PageMax { get; init; } = 1_000;

    /// <summary>It is full with so many; a page may come on top.</summary>
    internal int SchedulesMax { get; init; } = 20_000;

    private bool IsFull => _schedules.Count >= SchedulesMax || _argsBytes >= ArgsBytesMax;

    /// <summary>Schedules were made or changed: the next sweep begins at once.</summary>
    public void Suspect() => _isOutdated = true;

    /// <summary>Nothing of it is relied on any more.</summary>
    public void Clear()
    {
        _schedules.Clear();
        _queue.Clear();
        _lost.Clear();
        (_argsBytes, _isOutdated, _isSweeping) = (0, true, false);
    }

    /// <summary>Reads a page, if it is time to.</summary>
    public async Task ReadAsync(DateTimeOffset now, CancellationToken stop)
    {
        if (_lost.Count > 0 && clock.GetElapsedTime(_lostAt) >= LostPause)
            await ReadLostAsync(stop);
        if (IsFull && _horizon > HorizonLeast)
            ComeNearer(now);
        // One that goes on is not begun anew: while many schedules are made it would never get further than a page.
        var isDue = now >= _sweepBy || clock.GetElapsedTime(_sweptAt) >= HorizonMax / 2;
        if (isDue || (_isOutdated && !_isSweeping))
            BeginSweep(now);
        if (!_isSweeping || IsFull)
            return;
        var page = await store.DueAsync(_until, _last, PageMax, stop);
        await AddAsync(page, stop);
        _isSweeping = page.Count == PageMax;
        _last = _isSweeping ? page[^1] : null;
    }

    private void BeginSweep(DateTimeOffset now)
    {
        (_until, _sweepBy, _last) = (now + _horizon, now + _horizon / 2, null);
        (_sweptAt, _isSweeping, _isOutdated) = (clock.GetTimestamp(), true, false);
        if (!IsFull)
            _horizon = _horizon * 2 < HorizonMax ? _horizon * 2 : HorizonMax;
    }

    private void ComeNearer(DateTimeOffset now)
    {
        while (IsFull && _horizon > HorizonLeast)
        {
            _horizon = _horizon / 4 > HorizonLeast ? _horizon / 4 : HorizonLeast;
            foreach (var schedule in _schedules.Values.Where(one => one.NextDue > now + _horizon).ToList())
                Remove(schedule);
        }
        (_isOutdated, _isSweeping) = (true, false);
    }

    private async Task AddAsync(IReadOnlyList<DueTime> page, CancellationToken stop)
    {
        var unknown = new List<string>();
        foreach (var (name, version, at) in page)
        {
            if (!_schedules.TryGetValue(name, out var known) || known.Version != version)
                unknown.Add(name);
            else if (known.NextDue != at)
                Put(known with { NextDue = at });
        }
        await ReadAsync(unknown, stop);
    }

    private async Task ReadLostAsync(CancellationToken stop)
    {
        foreach (var some in _lost.Chunk(PageMax))
            await ReadAsync(some, stop);
        _lost.Clear();
    }

    private async Task ReadAsync(IReadOnlyList<string> names, CancellationToken stop)
    {
        foreach (var schedule in names.Count == 0 ? [] : await store.FindAsync(names, stop))
            Put(schedule);
    }

    private void Put(Schedule schedule)
    {
        if (_schedules.TryGetValue(schedule.Name, out var old))
            Remove(old);
        if (schedule.NextDue is not { } due || due > _until)
            return;
        _schedules.Add(schedule.Name, schedule);
        _queue.Enqueue(schedule, due.UtcTicks);
        _argsBytes += schedule.Args.Length;
    }

    private void Remove(Schedule schedule)
    {
        _schedules.Remove(schedule.Name);
        _argsBytes -= schedule.Args.Length;
    }

    /// <summary>Takes out what is due, in the order of time.</summary>
    public List<Schedule> TakeDue(DateTimeOffset now)
    {
        var due = new List<Schedule>();
        while (First is { } first && first.NextDue <= now)
        {
            _queue.Dequeue();
            Remove(first);
            due.Add(first);
        }
        return due;
    }

    private Schedule? First
    {
        get
        {
            while (_queue.TryPeek(out var first, out _))
            {
                if (ReferenceEquals(_schedules.GetValueOrDefault(first.Name), first))
                    return first;
                _queue.Dequeue();
            }
            return null;
        }
    }

    /// <summary>A schedule that was taken out was fired here.</summary>
    public void MoveOn(Schedule schedule, DateTimeOffset? nextDue) => Put(schedule with { NextDue = nextDue });

    /// <summary>A schedule that was taken out is another one by now, or is held by another transaction.</summary>
    public void Lose(Schedule schedule)
    {
        if (_lost.Count == 0)
            _lostAt = clock.GetTimestamp(); // of the first: however many follow, it is read again in time
        _lost.Add(schedule.Name);
    }

    /// <summary>How long there is nothing to do; 0 or less when there is.</summary>
    public TimeSpan Rest(DateTimeOffset now)
    {
        // A full book comes nearer first: what it has not read may be due before what it holds.
        if ((_isOutdated || _isSweeping) && (!IsFull || _horizon > HorizonLeast))
            return TimeSpan.Zero;
        var next = First?.NextDue < _sweepBy ? First.NextDue.Value : _sweepBy;
        return _lost.Count > 0 && now + LostPause < next ? LostPause : next - now;
    }
}
