using Rota.Supervisor.Config;

namespace Rota.Supervisor.Processes;

/// <summary>What is asked of one process, and the same asked of many.</summary>
/// <remarks>The static methods run on the loop thread: what fails at once throws there, and the task that they return
/// is the wait. Starts of many take turns with everything else, since each takes a millisecond.</remarks>
internal sealed class BatchOperations(EventLoop loop, ProcessTable table)
{
    public static Task Start(SupervisedProcess process, bool wait)
    {
        try
        {
            Launch.Find(process.Config);
        }
        catch (LaunchException error)
        {
            throw new SupervisorFault(error.Code, error.Message);
        }
        if (process.State.IsRunning)
            throw new SupervisorFault(FaultCode.AlreadyStarted, process.FullName);
        if (process.State == ProcessState.Unknown)
            throw new SupervisorFault(FaultCode.Failed, $"{process.FullName} is in an unknown process state");
        if (process.State == ProcessState.Stopping)
            throw new SupervisorFault(FaultCode.Failed, $"{process.FullName} is still stopping");
        process.Spawn();
        if (process.Memory.SpawnError is not null)
            throw new SupervisorFault(FaultCode.SpawnError, process.FullName);
        return wait ? process.WaitUntilStartedAsync() : Task.CompletedTask;
    }

    public static Task Stop(SupervisedProcess process, bool wait)
    {
        if (!process.State.IsRunning)
            throw new SupervisorFault(FaultCode.NotRunning, process.FullName);
        if (process.Stop() is { } message)
            throw new SupervisorFault(FaultCode.Failed, message);
        return wait ? process.WaitUntilStoppedAsync() : Task.CompletedTask;
    }

    public static Task Signal(SupervisedProcess process, string signal)
    {
        if (SignalNames.Parse(signal) is not { } number)
            throw new SupervisorFault(FaultCode.BadSignal, signal);
        if (!process.State.TakesSignals)
            throw new SupervisorFault(FaultCode.NotRunning, process.FullName);
        if (process.Signal(number) is { } message)
            throw new SupervisorFault(FaultCode.Failed, message);
        return Task.CompletedTask;
    }

    public static async Task ClearAsync(SupervisedProcess process)
    {
        try
        {
            await process.Outputs.ClearAsync();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SupervisorFault(FaultCode.Failed, process.FullName);
        }
    }

    /// <exception cref="SupervisorFault">FAILED, where files cannot be changed.</exception>
    public static void OrFailed(Action work, string? detail)
    {
        try
        {
            work();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SupervisorFault(FaultCode.Failed, detail);
        }
    }

    public Task<IReadOnlyList<ProcessResult>> StartAsync(Func<IEnumerable<SupervisedProcess>> choose, bool wait) =>
        DoAsync(() => choose().Where(process => !process.State.IsRunning), process => Start(process, wait),
            inTurn: true);

    public Task<IReadOnlyList<ProcessResult>> StopAsync(Func<IEnumerable<SupervisedProcess>> choose, bool wait) =>
        DoAsync(() => choose().Where(process => process.State.IsRunning), process => Stop(process, wait));

    public Task<IReadOnlyList<ProcessResult>> SignalAsync(Func<IEnumerable<SupervisedProcess>> choose, string signal) =>
        DoAsync(() => choose().Where(process => process.State.TakesSignals), process => Signal(process, signal));

    public Task<IReadOnlyList<ProcessResult>> ClearAsync() => DoAsync(() => table.All, ClearAsync);

    /// <summary>First what was done or failed at once, then what was waited for; both by priority.</summary>
    private async Task<IReadOnlyList<ProcessResult>> DoAsync(Func<IEnumerable<SupervisedProcess>> choose,
        Func<SupervisedProcess, Task> operation, bool inTurn = false)
    {
        var begun = await loop.AskAsync(() => choose().ToList()
            .ConvertAll(process => (Process: process, Task: Begin(process, operation, inTurn))));
        var atOnce = new List<ProcessResult>();
        var later = new List<ProcessResult>();
        foreach (var (process, task) in begun)
        {
            try
            {
                var (wait, isDone) = await task;
                try
                {
                    await wait;
                    (isDone ? atOnce : later).Add(Result(process, null));
                }
                catch (SupervisorFault fault)
                {
                    later.Add(Result(process, fault));
                }
            }
            catch (SupervisorFault fault)
            {
                atOnce.Add(Result(process, fault));
            }
        }
        return [.. atOnce, .. later];
    }

    private Task<(Task Wait, bool IsDone)> Begin(SupervisedProcess process, Func<SupervisedProcess, Task> operation,
        bool inTurn)
    {
        var begun = new TaskCompletionSource<(Task, bool)>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (inTurn)
            loop.InBackground(Do);
        else
            Do();
        return begun.Task;

        void Do()
        {
            try
            {
                var wait = operation(process);
                begun.SetResult((wait, wait.IsCompleted));
            }
            catch (Exception error)
            {
                begun.SetException(error);
            }
        }
    }

    private static ProcessResult Result(SupervisedProcess process, SupervisorFault? fault) => new(process.Config.Name,
        process.Group, fault?.Code ?? FaultCode.Success, fault?.Message ?? "OK");
}
