using Rota.Supervisor.Config;

namespace Rota.Supervisor.Processes;

/// <summary>What is asked of one process, and the same asked of many.</summary>
/// <remarks>The static methods run on the loop thread: what fails at once throws there, and the task that they return
/// is the wait. Starts of many take turns with everything else, since each takes a millisecond.</remarks>
internal sealed class BatchOperations(EventLoop loop, ProcessTable table)
{
    public static Task Start(SupervisedProcess process, bool wait)
    {
        Find(process.Config);
        if (process.State.IsRunning)
            throw new SupervisorFault(FaultCode.AlreadyStarted, process.FullName);
        if (process.State == ProcessState.Unknown)
            throw new SupervisorFault(FaultCode.Failed, $"{process.FullName} is in an unknown process state");
        if (process.State == ProcessState.Stopping)
            throw new SupervisorFault(FaultCode.Failed, $"{process.FullName} is still stopping");
        process.Next.BeginAnew();
        if (process.Memory.SpawnError is not null)
            throw new SupervisorFault(FaultCode.SpawnError, process.FullName);
        return wait ? process.Waiters.UntilStartedAsync() : Task.CompletedTask;
    }

    /// <exception cref="SupervisorFault">NO_FILE, NOT_EXECUTABLE: its program cannot be started.</exception>
    public static void Find(ProcessConfig process)
    {
        try
        {
            Launch.Find(process);
        }
        catch (LaunchException error)
        {
            throw new SupervisorFault(error.Code, error.Message);
        }
    }

    public static Task Stop(SupervisedProcess process, bool wait)
    {
        if (!process.State.IsRunning && !process.Next.IsPending)
            throw new SupervisorFault(FaultCode.NotRunning, process.FullName);
        if (process.Stop() is { } message)
            throw new SupervisorFault(FaultCode.Failed, message);
        return wait ? process.Waiters.UntilStoppedAsync() : Task.CompletedTask;
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
        DoAsync(() => choose().Where(process => !process.State.IsRunning), _ => process => Start(process, wait),
            inTurn: true);

    public Task<IReadOnlyList<ProcessResult>> StopAsync(Func<IEnumerable<SupervisedProcess>> choose, bool wait) =>
        DoAsync(() => choose().Where(process => process.State.IsRunning || process.Next.IsPending),
            all => StopInTurn(all, wait));

    public Task<IReadOnlyList<ProcessResult>> SignalAsync(Func<IEnumerable<SupervisedProcess>> choose, string signal) =>
        DoAsync(() => choose().Where(process => process.State.TakesSignals), _ => process => Signal(process, signal));

    public Task<IReadOnlyList<ProcessResult>> ClearAsync() => DoAsync(() => table.All, _ => ClearAsync);

    /// <summary>After those of the same call that depend on it. Who does not wait does not wait for these either.
    /// </summary>
    private Func<SupervisedProcess, Task> StopInTurn(List<SupervisedProcess> all, bool wait)
    {
        var dependents = table.Dependents();
        return process =>
        {
            var first = dependents[process]
                .Where(other => !other.State.IsStopped && all.Contains(other) && !IsAbove(process, other, [])).ToList();
            if (first.Count == 0)
                return Stop(process, wait);
            var stop = StopAfterAsync(process, [.. first.Select(other => other.Waiters.UntilStoppedAsync())]);
            return wait ? stop : Task.CompletedTask;
        };

        // A change of the file can make circles of what runs; there nobody waits.
        bool IsAbove(SupervisedProcess process, SupervisedProcess other, HashSet<SupervisedProcess> seen) =>
            seen.Add(other) && dependents[other].Any(next => next == process || IsAbove(process, next, seen));
    }

    private async Task StopAfterAsync(SupervisedProcess process, Task[] first)
    {
        await Task.WhenAll(first);
        await await loop.AskAsync(() => process.State.IsRunning || process.Next.IsPending
            ? Stop(process, wait: true)
            : Task.CompletedTask);
    }

    /// <summary>First what was done or failed at once, then what was waited for; both by priority.</summary>
    private async Task<IReadOnlyList<ProcessResult>> DoAsync(Func<IEnumerable<SupervisedProcess>> choose,
        Func<List<SupervisedProcess>, Func<SupervisedProcess, Task>> operation, bool inTurn = false)
    {
        var begun = await loop.AskAsync(() =>
        {
            var all = choose().ToList();
            var begin = operation(all);
            return all.ConvertAll(process => (process, Begin(process, begin, inTurn)));
        });
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
