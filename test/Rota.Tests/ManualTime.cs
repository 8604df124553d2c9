namespace Rota.Tests;

/// <summary>A clock in the test's hand: its timers fire on <see cref="Advance"/>, in order of their due
/// times.</summary>
public sealed class ManualTime(DateTimeOffset now) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private TaskCompletionSource _changed = NewSource();
    private DateTimeOffset _now = now;
    private long _ticks;

    public ManualTime()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    public override long GetTimestamp()
    {
        lock (_lock)
            return _ticks;
    }

    /// <summary>Lets time pass on both clocks.</summary>
    public void Advance(TimeSpan by)
    {
        var until = GetTimestamp() + by.Ticks;
        while (TakeDue(until) is { } timer)
            timer.Fire();
        MoveTo(until);
    }

    /// <summary>Sets the wall clock alone, forward or back, as an administrator would: no timer fires.</summary>
    public void Jump(TimeSpan by)
    {
        lock (_lock)
            _now += by;
    }

    /// <summary>Returns when somebody waits for this clock.</summary>
    public async Task WaitForTimerAsync(CancellationToken stop)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_timers.Count > 0)
                    return;
                changed = _changed.Task;
            }
            await changed.WaitAsync(stop);
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeDue(long until)
    {
        lock (_lock)
        {
            var first = _timers.Where(timer => timer.DueTicks <= until).MinBy(timer => timer.DueTicks);
            if (first is null)
                return null;
            MoveTo(Math.Max(_ticks, first.DueTicks));
            if (first.Period > TimeSpan.Zero)
                first.DueTicks += first.Period.Ticks;
            else
                _timers.Remove(first);
            return first;
        }
    }

    private void MoveTo(long ticks)
    {
        lock (_lock)
        {
            _now += TimeSpan.FromTicks(ticks - _ticks);
            _ticks = ticks;
        }
    }

    private void Set(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
            if (dueTime == Timeout.InfiniteTimeSpan)
                return;
            (timer.DueTicks, timer.Period) = (_ticks + dueTime.Ticks, period);
            _timers.Add(timer);
            _changed.TrySetResult();
            _changed = NewSource();
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public long DueTicks { get; set; }

        public TimeSpan Period { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time.Set(this, dueTime, period);
            return true;
        }

        public void Dispose() => time.Set(this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
