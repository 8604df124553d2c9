namespace Rota;

/// <summary>Wakes one waiting loop. Any number of sets before a wait count as one.</summary>
public sealed class AsyncSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource<bool>? _waiter;
    private bool _isSet;

    public void Set()
    {
        lock (_lock)
        {
            _isSet = _waiter?.TrySetResult(true) != true; // false: the waiter's time is over, so the next wait takes it
            _waiter = null;
        }
    }

    /// <summary>Returns when set or when <paramref name="limit"/> is over, and is unset then.</summary>
    /// <returns>True when it was set.</returns>
    /// <remarks>The loop must look at its work after every return: a set during the look counts for the next
    /// wait.</remarks>
    public async Task<bool> WaitAsync(TimeSpan limit, TimeProvider clock, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        // One source that the set, the timer and the stop all complete: a wake-up is one hop to the thread pool.
        var waiter = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_isSet || limit == TimeSpan.Zero)
            {
                (var wasSet, _isSet) = (_isSet, false);
                return wasSet;
            }
            _waiter = waiter;
        }
        void GiveUp() => waiter.TrySetResult(false);
        await using var timer = clock.CreateTimer(_ => GiveUp(), state: null, limit, Timeout.InfiniteTimeSpan);
        await using var registration = stop.Register(GiveUp);
        var isSet = await waiter.Task;
        stop.ThrowIfCancellationRequested();
        return isSet;
    }
}
