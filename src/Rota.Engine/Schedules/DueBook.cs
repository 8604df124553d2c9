using Rota.Storage;

namespace Rota.Schedules;

/// <summary>The schedules that are due soon, as this node knows them: what is due is then found without a look into the
/// database, and a schedule that is due often is read once.</summary>
/// <remarks>
/// A sweep reads, a page at a time, all that is due up to the horizon; one begins every few seconds, and when a
/// schedule was made or changed, but then after as long a rest as the one before took. One under way comes to its end
/// first, however long it takes, and it does, because its horizon stands still; anew from the start, while much is due,
/// it would read the first ones again and again. What this node fires is out until its next due time is known, and no
/// read brings it meanwhile: it would be as it was before; one that a read finds edited is read again afterwards. Where
/// another node fires or edits, the book is out of date; but a fire holds only where version and due time are still
/// those of the book, and what is lost by that is read again after a moment. So the book may make a run late, but never
/// wrong.
/// Its size is bounded: when it is full, the horizon comes nearer, and at the nearest it waits until some are fired.
/// Schedules are read a few at a time, since each may have a mebibyte of arguments. A read that fails brings the
/// horizon nearer too: it may have been too much for its time.
/// </remarks>
internal sealed class DueBook(IScheduleStore store, TimeProvider clock)
{
    // Schedules of one read.
    private const int NamesMax = 50;
    private static readonly TimeSpan HorizonMax = TimeSpan.FromSeconds(10), HorizonLeast = TimeSpan.FromSeconds(0.25);

    // Another transaction holds a schedule: how long is not ours to say.
    private static readonly TimeSpan LostPause = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<string, Schedule> _schedules = [];
    private readonly PriorityQueue<Schedule, long> _queue = new(); // with some that are out of date
    private readonly Dictionary<string, (long Version, bool IsEdited)> _out = [];
    private readonly HashSet<string> _lost = [];
    private TimeSpan _horizon = HorizonMax;
    private DateTimeOffset _until, _sweepBy;
    private DueTime? _last;
    private TimeSpan _tookSweep;
    private long _argsBytes, _sweptAt, _sweepEndedAt, _lostAt;
    private bool _isSweeping, _isOutdated = true;

    /// <summary>Due times of one read. 1 to 1,000.</summary>
    internal int PageMax { get; init; } = 1_000;

    /// <summary>It is full with so many; those of one read and of what is being fired may come on top.</summary>
    internal int SchedulesMax { get; init; } = 20_000;

    /// <summary>It is full with so many bytes of arguments; those of one read and of what is being fired may come on
    /// top.</summary>
    internal long ArgsBytesMax { get; init; } = 64 << 20;

    /// <summary>Bytes of the arguments that it holds.</summary>
    internal long ArgsBytes => _argsBytes;

    private bool IsFull => _schedules.Count >= SchedulesMax || _argsBytes >= ArgsBytesMax;

    /// <summary>Schedules were made or changed: the next sweep begins soon.</summary>
    public void Suspect() => _isOutdated = true;

    /// <summary>A read or a write failed: nothing of it is relied on any more, but that what is out is out.</summary>
    public void Clear()
    {
        _schedules.Clear();
        _queue.Clear();
        _lost.Clear();
        _argsBytes = 0;
        _horizon = Quarter(_horizon);
        SweepAnew();
    }

    /// <summary>Reads a page, if it is time to.</summary>
    public async Task ReadAsync(DateTimeOffset now, CancellationToken stop)
    {
        if (_lost.Count > 0 && clock.GetElapsedTime(_lostAt) >= LostPause)
            await ReadLostAsync(stop);
        if (IsFull && _horizon > HorizonLeast)
            ComeNearer(now);
        // One that goes on is not begun anew: while many are made, or are behind, it would never get to its end.
        var isDue = now >= _sweepBy || clock.GetElapsedTime(_sweptAt) >= HorizonMax / 2;
        if (!_isSweeping && (isDue || (_isOutdated && RestOfSweep <= TimeSpan.Zero)))
            BeginSweep(now);
        if (_isSweeping && !IsFull)
            await ReadPageAsync(stop);
    }

    /// <summary>After a sweep, before the next one that is not due by time.</summary>
    private TimeSpan RestOfSweep => _tookSweep - clock.GetElapsedTime(_sweepEndedAt);

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
            _horizon = Quarter(_horizon);
            foreach (var schedule in _schedules.Values.Where(one => one.NextDue > now + _horizon).ToList())
                Remove(schedule);
        }
        _queue.Clear(); // it would hold what was removed until it is due
        _queue.EnqueueRange(_schedules.Values.Select(one => (one, one.NextDue!.Value.UtcTicks))); // what is put has one
        SweepAnew();
    }

    private void SweepAnew() => (_isOutdated, _isSweeping, _tookSweep) = (true, false, TimeSpan.Zero);

    private static TimeSpan Quarter(TimeSpan horizon) =>
        horizon / 4 > HorizonLeast ? horizon / 4 : HorizonLeast;

    private async Task ReadPageAsync(CancellationToken stop)
    {
        var page = await store.DueAsync(_until, _last, PageMax, stop);
        foreach (var some in page.Chunk(NamesMax))
        {
            await AddAsync(some, stop);
            _last = some[^1];
            if (IsFull)
                return; // the sweep goes on behind it
        }
        if (page.Count == PageMax)
            return;
        (_isSweeping, _last) = (false, null);
        (_tookSweep, _sweepEndedAt) = (clock.GetElapsedTime(_sweptAt), clock.GetTimestamp());
    }

    private async Task AddAsync(IEnumerable<DueTime> page, CancellationToken stop)
    {
        var unknown = new List<string>();
        foreach (var (name, version, at) in page)
        {
            if (IsOut(name, version))
                continue;
            if (!_schedules.TryGetValue(name, out var known) || known.Version != version)
                unknown.Add(name);
            else if (known.NextDue != at)
                Put(known with { NextDue = at });
        }
        await ReadAsync(unknown, stop);
    }

    private async Task ReadLostAsync(CancellationToken stop)
    {
        foreach (var some in _lost.Chunk(NamesMax).ToList())
        {
            if (IsFull)
                return;
            await ReadAsync(some, stop);
            _lost.ExceptWith(some);
        }
    }

    private async Task ReadAsync(IReadOnlyList<string> names, CancellationToken stop)
    {
        foreach (var schedule in names.Count == 0 ? [] : await store.FindAsync(names, stop))
            Put(schedule);
    }

    /// <summary>Notes, too, that it is edited, where it is.</summary>
    private bool IsOut(string name, long version)
    {
        if (!_out.TryGetValue(name, out var taken))
            return false;
        _out[name] = (taken.Version, taken.IsEdited || taken.Version != version);
        return true;
    }

    private void Put(Schedule schedule)
    {
        if (IsOut(schedule.Name, schedule.Version))
            return;
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

    /// <summary>Takes out what is due, in the order of time: until it is said what became of each, no read brings it.
    /// </summary>
    public List<Schedule> TakeDue(DateTimeOffset now)
    {
        var due = new List<Schedule>();
        while (First is { } first && first.NextDue <= now)
        {
            _queue.Dequeue();
            Remove(first);
            _out.Add(first.Name, (first.Version, IsEdited: false));
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
    public void MoveOn(Schedule schedule, DateTimeOffset? nextDue)
    {
        if (_out.Remove(schedule.Name, out var taken) && taken.IsEdited)
            Lose(schedule);
        else
            Put(schedule with { NextDue = nextDue });
    }

    /// <summary>A schedule that was taken out is another one by now, or is held by another transaction.</summary>
    public void Lose(Schedule schedule)
    {
        _out.Remove(schedule.Name);
        if (_lost.Count == 0)
            _lostAt = clock.GetTimestamp(); // of the first: however many follow, it is read again in time
        _lost.Add(schedule.Name);
    }

    /// <summary>What is still out of schedules that were taken out may come again as it stands in the database.
    /// </summary>
    public void Release(IEnumerable<Schedule> schedules)
    {
        foreach (var schedule in schedules)
            _out.Remove(schedule.Name);
    }

    /// <summary>How long there is nothing to do; 0 or less when there is.</summary>
    public TimeSpan Rest(DateTimeOffset now)
    {
        // A full book comes nearer first: what it has not read may be due before what it holds.
        if (_isSweeping && (!IsFull || _horizon > HorizonLeast))
            return TimeSpan.Zero;
        // A full one that is at the nearest reads no more before some are fired.
        var first = First?.NextDue;
        var rest = (first < _sweepBy || _isSweeping ? first ?? _sweepBy : _sweepBy) - now;
        if (_isOutdated && !_isSweeping && RestOfSweep < rest)
            rest = RestOfSweep;
        return _lost.Count > 0 && LostPause < rest ? LostPause : rest;
    }
}
