namespace Rota.Supervisor.Processes;

/// <summary>Who waits for a process to get somewhere. A question is asked at once and again after each move.</summary>
/// <remarks>Where there is nothing to wait for, the task is over at once, and a batch tells of that one first. Who
/// waited is told in the loop's next turn: by then all is done that belongs to the move, such as the closing of a
/// socket after the last process that held it.</remarks>
internal sealed class ProcessWaiters(SupervisedProcess process, StopReport stopReport, EventLoop loop)
{
    private readonly List<(Func<bool> IsDone, TaskCompletionSource Task)> _waiting = [];

    /// <summary>Ends when it runs. Faults: SPAWN_ERROR, ABNORMAL_TERMINATION.</summary>
    public Task UntilStartedAsync() => WaitAsync(() => (process.State, process.Memory.SpawnError) switch
    {
        (ProcessState.Running, _) => true,
        _ when process.Memory.IsWaiting || process.Memory.IsRestartAsked => false,
        (_, not null) => throw new SupervisorFault(FaultCode.SpawnError, process.FullName),
        (ProcessState.Starting, _) => false,
        _ => throw new SupervisorFault(FaultCode.AbnormalTermination, process.FullName),
    });

    /// <summary>Ends when it has stopped, and says every two seconds that somebody waits for it.</summary>
    public Task UntilStoppedAsync()
    {
        if (process.State == ProcessState.Stopping)
            stopReport.Start();
        return WaitAsync(() => process.State.IsStopped);
    }

    public void Check()
    {
        if (_waiting.Count > 0)
            _waiting.RemoveAll(TryEnd);
    }

    /// <param name="isDone">True ends the wait, an exception fails it.</param>
    private Task WaitAsync(Func<bool> isDone)
    {
        try
        {
            if (isDone())
                return Task.CompletedTask;
        }
        catch (SupervisorFault fault)
        {
            return Task.FromException(fault);
        }
        var task = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add((isDone, task));
        return task.Task;
    }

    private bool TryEnd((Func<bool> IsDone, TaskCompletionSource Task) waiter)
    {
        try
        {
            if (!waiter.IsDone())
                return false;
            loop.Post(waiter.Task.SetResult);
        }
        catch (SupervisorFault fault)
        {
            loop.Post(() => waiter.Task.SetException(fault));
        }
        return true;
    }
}
