namespace Rota;

/// <summary>Wakes one waiting loop. Any number of sets before a wait count as one.</summary>
public sealed class AsyncSignal
{
    private TaskCompletionSource _set = NewSource();

    public void Set() => Volatile.Read(ref _set).TrySetResult();

    /// <summary>Returns when set or when <paramref name="limit"/> is over, and is unset then.</summary>
    /// <returns>True when it was set.</returns>
    /// <remarks>The loop must look at its work after every return: a set during the look counts for the next
    /// wait.</remarks>
    public async Task<bool> WaitAsync(TimeSpan limit, TimeProvider clock, CancellationToken stop)
    {
        var source = Volatile.Read(ref _set);
        if (!source.Task.IsCompleted && limit > TimeSpan.Zero)
            await Task.WhenAny(source.Task, WaitLimitAsync(source.Task, limit, clock, stop));
        stop.ThrowIfCancellationRequested();
        if (!source.Task.IsCompleted)
            return false;
        Volatile.Write(ref _set, NewSource());
        return true;
    }

    private static async Task WaitLimitAsync(Task set, TimeSpan limit, TimeProvider clock, CancellationToken stop)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var timer = clock.CreateTimer(
            _ => over.TrySetResult(), state: null, limit, Timeout.InfiniteTimeSpan);
        await using var registration = stop.Register(() => over.TrySetResult());
        await Task.WhenAny(set, over.Task);
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
