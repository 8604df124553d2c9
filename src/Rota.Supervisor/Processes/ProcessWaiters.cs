namespace Rota.Supervisor.Processes;

/// <summary>Who waits for a process to get somewhere. A question is asked at once and again after each move.</summary>
internal sealed class ProcessWaiters
{
    private readonly List<(Func<bool> IsDone, TaskCompletionSource Task)> _waiting = [];

    /// <param name="isDone">True ends the wait, an exception fails it.</param>
    public Task WaitAsync(Func<bool> isDone)
    {
        var task = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!TryEnd((isDone, task)))
            _waiting.Add((isDone, task));
        return task.Task;
    }

    public void Check()
    {
        if (_waiting.Count > 0)
            _waiting.RemoveAll(TryEnd);
    }

    private static bool TryEnd((Func<bool> IsDone, TaskCompletionSource Task) waiter)
    {
        try
        {
            if (!waiter.IsDone())
                return false;
            waiter.Task.SetResult();
        }
        catch (SupervisorFault fault)
        {
            waiter.Task.SetException(fault);
        }
        return true;
    }
}
