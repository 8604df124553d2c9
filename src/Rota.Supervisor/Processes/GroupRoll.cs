using Rota.Supervisor.Config;

namespace Rota.Supervisor.Processes;

/// <summary>Work on the processes of a group one after the other: each begins when the one before is RUNNING again, and
/// the first that fails ends it, so that those after it run on.</summary>
/// <remarks>
/// Calls, updates and restarts at their time wait for each other here. All decisions are made on the loop thread; only
/// the waits between them are elsewhere. A process that waits for a restart at its time notes that in its memory, and
/// an upgrade of the daemon goes on with it. A call breaks off there, as all do.
/// </remarks>
internal sealed class GroupRoll(ProcessGroup group, ProcessSurroundings around)
{
    private Task _last = Task.CompletedTask;
    private bool _isDueRolling;

    /// <summary>What is done to one process, begun on the loop thread.</summary>
    private sealed record Step(string Process, Func<Task> Begin);

    /// <summary>Restarts those that run when it begins.</summary>
    public Task<IReadOnlyList<ProcessResult>> RestartAsync()
    {
        Queue<SupervisedProcess>? left = null;
        return RunAsync(() =>
        {
            left ??= new(group.Processes.Where(process => process.State == ProcessState.Running));
            return left.TryDequeue(out var next)
                ? new(next.Config.Name, () => RestartAsync(next, "one after the other (rolling restart)"))
                : null;
        });
    }

    /// <summary>On the loop thread: its time has come, and it is restarted when it is its turn. When one fails before
    /// it, it is not.</summary>
    public void RestartInTurn(SupervisedProcess process, string reason)
    {
        process.Memory.TurnReason = reason;
        if (_isDueRolling)
            return;
        _isDueRolling = true;
        _ = RestartDueAsync();
    }

    /// <summary>On the loop thread: restarts those whose time has come and that still wait for their turn, as after an
    /// upgrade of the daemon that failed.</summary>
    public void GoOn()
    {
        if (!_isDueRolling && around.MayStart && !group.IsRemoved && FirstDue() is { } late)
            RestartInTurn(late, late.Memory.TurnReason!);
    }

    /// <summary>On the loop thread: puts processes of a newly read file in the place of those that differ, adds those
    /// that are new and takes away those that are gone. What is the same runs on. Fault: STILL_RUNNING, where all of
    /// the group has to stop for the change.</summary>
    public Task<IReadOnlyList<ProcessResult>> UpdateAsync(GroupConfig to, DaemonConfig daemon)
    {
        if (group.WhyAtOnce(to, daemon) is { } reason)
            throw new SupervisorFault(FaultCode.StillRunning, $"{to.Name} cannot be replaced one by one: {reason}");
        Queue<Step>? left = null;
        return RunAsync(() =>
        {
            left ??= new(
            [
                .. to.Processes.Where(process => !group.Config.Processes.Contains(process))
                    .Select(process => new Step(process.Name, () => ReplaceAsync(process, daemon))),
                .. group.Processes.Select(process => process.Config.Name)
                    .Except(to.Processes.Select(process => process.Name))
                    .Select(name => new Step(name, () => RemoveAsync(name))),
            ]);
            if (left.TryDequeue(out var next))
                return next;
            group.Take(to);
            return null;
        });
    }

    private async Task RestartDueAsync()
    {
        var hasFailed = true;
        try
        {
            var results = await RunAsync(() => FirstDue() is { Memory.TurnReason: var reason } next
                ? new(next.Config.Name, () => RestartAsync(next, $"{reason}, one after the other (restart_rolling)"))
                : null);
            hasFailed = results is [.., { Status: not FaultCode.Success }];
        }
        catch (Exception error)
        {
            around.Loop.Post(() => around.Log.Critical($"error in the supervisor: {error}"));
        }
        finally
        {
            around.Loop.Post(() => EndDue(hasFailed));
        }
    }

    private SupervisedProcess? FirstDue() =>
        group.Processes.FirstOrDefault(process => process.Memory.TurnReason is not null);

    private void EndDue(bool hasFailed)
    {
        _isDueRolling = false;
        if (hasFailed)
        {
            foreach (var process in group.Processes)
                process.Memory.TurnReason = null;
        }
        // Its time has come when the last one was just done.
        else
        {
            GoOn();
        }
    }

    /// <summary>When what was asked for before is done: one after the other, until one fails or the daemon stops.
    /// </summary>
    /// <param name="next">Asked on the loop thread; null: that was the last one.</param>
    private Task<IReadOnlyList<ProcessResult>> RunAsync(Func<Step?> next)
    {
        var run = RunAfterAsync(_last, next);
        _last = run;
        return run;
    }

    private async Task<IReadOnlyList<ProcessResult>> RunAfterAsync(Task before, Func<Step?> next)
    {
        List<ProcessResult> results = [];
        await Task.WhenAny(before);
        while (await around.Loop.AskAsync(() => around.MayStart && !group.IsRemoved ? next() : null) is { } step)
        {
            var fault = await DoAsync(step);
            results.Add(new(step.Process, group.Config.Name, fault?.Code ?? FaultCode.Success, fault?.Message ?? "OK"));
            if (fault is not null)
                break;
        }
        return results;
    }

    private async Task<SupervisorFault?> DoAsync(Step step)
    {
        try
        {
            await await around.Loop.AskAsync(step.Begin);
            return null;
        }
        catch (SupervisorFault fault)
        {
            around.Loop.Post(() =>
            {
                if (around.MayStart)
                    around.Log.Warn($"rolling through {group.Config.Name} ended with {step.Process}, the others run on "
                        + $"as they are: {fault.Message}");
            });
            return fault;
        }
    }

    /// <summary>When none of the group is on its way up: there may be one from before an upgrade of the daemon.
    /// </summary>
    private async Task RestartAsync(SupervisedProcess process, string reason)
    {
        await Task.WhenAll(group.Processes
            .Where(other => other.State == ProcessState.Starting || other.Memory.IsRestartAsked)
            .Select(other => other.Waiters.UntilStartedAsync()));
        await await around.Loop.AskAsync(() => Restart(process, reason));
    }

    /// <summary>One that has stopped meanwhile stays so.</summary>
    private static Task Restart(SupervisedProcess process, string reason)
    {
        process.Memory.TurnReason = null;
        if (process.State != ProcessState.Running)
            return Task.CompletedTask;
        process.Restart(reason);
        return process.Waiters.UntilStartedAsync();
    }

    /// <summary>A program that cannot be found fails before anything is stopped.</summary>
    private async Task ReplaceAsync(ProcessConfig config, DaemonConfig daemon)
    {
        BatchOperations.Find(config);
        var ran = await StopAsync(config.Name, toReplace: true);
        await await around.Loop.AskAsync(() =>
        {
            if (!around.MayStart)
                throw new SupervisorFault(FaultCode.ShutdownState);
            around.Log.Info($"updated {config.Name}: one after the other (rolling update)");
            var fresh = group.Put(config, daemon);
            return ran || config.AutoStart ? BatchOperations.Start(fresh, wait: true) : Task.CompletedTask;
        });
    }

    private async Task RemoveAsync(string name)
    {
        await StopAsync(name, toReplace: false);
        await around.Loop.AskAsync(() => group.Remove(name));
    }

    /// <summary>On the loop thread. Ends when it has stopped.</summary>
    /// <returns>Whether it ran, or was about to.</returns>
    private async Task<bool> StopAsync(string name, bool toReplace)
    {
        if (group.Find(name) is not { } process || !process.State.IsRunning && !process.Next.IsPending)
            return false;
        var stopped = BatchOperations.Stop(process, wait: true);
        process.Memory.IsReplaceAsked = toReplace;
        await stopped;
        return true;
    }
}
