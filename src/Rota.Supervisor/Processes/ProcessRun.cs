using Rota.Supervisor.Config;
using Rota.Supervisor.Events;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;
using Rota.Supervisor.Processes.Checks;
using Rota.Supervisor.Processes.Readiness;
using Rota.Supervisor.Processes.Trees;
using Rota.Supervisor.Secrets;

namespace Rota.Supervisor.Processes;

/// <summary>One run of a process: its child with all that reads it, talks to it and watches it, until the child is
/// reaped.</summary>
/// <remarks>When the child ends, the output thread first reads what it left in its pipes; only then is the run over, so
/// that its last words stand before its end, in the logs and in the events. A disk that hangs delays that by a second
/// at most. With `stop_tree` the run is over when its descendants have ended, too. Lives on the loop thread.</remarks>
internal sealed class ProcessRun
{
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(1);

    /// <summary>A shell enters in a millisecond; meanwhile nobody is told anything wrong.</summary>
    private static readonly TimeSpan EntryPatience = TimeSpan.FromSeconds(1);

    private readonly SupervisedProcess _process;
    private readonly ProcessGroup _group;
    private readonly ProcessSurroundings _around;
    private readonly LiveChild _child;
    private readonly ReadyWatch? _ready;
    private readonly RunTree? _tree;
    private readonly ControlGroup? _control;
    private HealthWatch? _health;
    private TimedRestart? _timed;
    private LoopTimer? _entry;

    private ProcessRun(SupervisedProcess process, ProcessGroup group, ProcessSurroundings around, Parts parts)
    {
        (_process, _group, _around, _ready, _control) = (process, group, around, parts.Ready, parts.Control);
        var ends = parts.Ends;
        _child = new(ends, parts.IsForeign, around.Loop, process.SeeEnd)
        {
            Record = ChildRecord.Of(process.FullName, process.Config, ends),
        };
        Listener = group.Pool?.TalkTo(process.Config.Name, () => process.State, Send);
        if (process.Config.Life.StopTree)
            _tree = new(ends.Pid, MarkOf(process), _control, around.Loop, around.Time);

        bool Send(byte[] text) => Input is { } input && input.TryWrite(text, out var isFull) && !isFull;
    }

    /// <param name="Control">Null where it has no control group.</param>
    private readonly record struct Parts(ReadyWatch? Ready, Spawner.Child Ends, ControlGroup? Control,
        bool IsForeign = false);

    public int Pid => _child.Pid;

    public ChildInput? Input => _child.Input;

    /// <summary>For a later daemon; null when it was gone at once.</summary>
    public ChildRecord? Record => _child.Record;

    /// <summary>The talk with a process of an event listener.</summary>
    public ListenerTalk? Listener { get; }

    /// <summary>The option that should limit it and does not; null when all do.</summary>
    public string? Unenforced =>
        _process.Config.Life.Limits.CpuCores is not null && _control is not { HoldsCpu: true } ? "limit_cpu" : null;

    public bool HasEnded => _child.HasEnded;

    /// <summary>Its end was seen, and what it left is being read.</summary>
    public bool IsEnding => !_child.IsWatched;

    /// <exception cref="LaunchException">The sentence for `spawnerr`; nothing is left open.</exception>
    public static ProcessRun Spawn(SupervisedProcess process, ProcessGroup group, SecretAnswer secrets,
        ProcessSurroundings around)
    {
        var ready = ReadyOf(process, null, around);
        var control = around.ControlGroups.Make(process);
        try
        {
            var config = process.Config with { Environment = EnvironmentOf(process, ready) };
            var (child, logs) =
                ChildStart.Make(group, config, secrets, process.Outputs, around.Spawner, control?.Entry);
            if (control is not null && child.GroupProblem is { } problem)
            {
                around.ControlGroups.TellOutside(process, problem);
                around.ControlGroups.Release(control);
                control = null;
            }
            var run = new ProcessRun(process, group, around, new(ready, child, control));
            run.WatchEntry();
            process.Outputs.Read(child, logs, run.Listener is { } talk ? talk.Hear : null, PatternOf(ready));
            ready?.Start();
            return run;
        }
        catch (LaunchException)
        {
            ready?.Close();
            around.ControlGroups.Release(control);
            throw;
        }
    }

    /// <summary>Goes on with a child of the former program.</summary>
    public static ProcessRun Adopt(ChildHandOver former, SupervisedProcess process, ProcessGroup group,
        ProcessSurroundings around)
    {
        var ready = process.Memory.IsReady && former.Notify is null ? null : ReadyOf(process, former.Notify, around);
        var control = around.ControlGroups.Find(process, former.Pid);
        var run = new ProcessRun(process, group, around, new(ready, former.Ends, control, former.IsForeign));
        process.Outputs.ReadOn(former, run.Listener is { } talk ? talk.Hear : null, PatternOf(ready));
        if (former.Talk is { } words)
            run.Listener?.Restore(words);
        if (former.WaitingInput.Length > 0)
            run.Input?.TryWrite(former.WaitingInput, out _);
        ready?.Start();
        if (process.State == ProcessState.Running)
            run.Watch();
        return run;
    }

    public ChildHandOver Save((PipeHandOver? Stdout, PipeHandOver? Stderr) pipes) => new(Pid, Input?.Descriptor,
        Input?.Waiting ?? [], pipes.Stdout, pipes.Stderr, Listener?.Save(), _ready?.Save(), _child.IsForeign);

    /// <summary>It is RUNNING: from now on it is asked how it is.</summary>
    public void Watch()
    {
        var life = _process.Config.Life;
        if (life.Health is { } health)
            (_health = new(_process, health, _around)).Start();
        if (life.Limits.MemoryBytes is not null)
            _around.Memory.Add(_process, MarkOf(_process));
        if (life.RestartEverySeconds is not null || life.RestartTimes.Count > 0)
            (_timed = new(_process, _group.Roll, _around)).Start();
    }

    /// <exception cref="SupervisorFault">NO_FILE, FAILED.</exception>
    public void SendStdin(byte[] text)
    {
        if (Input is not { } input || !input.TryWrite(text, out var isFull))
            throw new SupervisorFault(FaultCode.NoFile, _process.FullName);
        if (isFull)
            throw new SupervisorFault(FaultCode.Failed, $"{_process.FullName} does not read its input");
    }

    /// <summary>To the child or its process group, and with `stop_tree` to its descendants. 0, or the error.</summary>
    public int SignalAll(int signal, bool asGroup)
    {
        _tree?.Signal(signal);
        return Signal(signal, asGroup);
    }

    /// <summary>0, or the error.</summary>
    public int Signal(int signal, bool asGroup = false) => _child.Signal(signal, asGroup);

    /// <summary>The child has ended: reads its last words and ends its tree, then calls back.</summary>
    public void End(Action then)
    {
        _child.StopWatching();
        StopAsking();
        TellOfMemory();
        var isRead = false;
        LoopTimer? patience = null;
        patience = _around.Loop.After(DrainPatience, Finish);
        _process.Outputs.Drain(() => _around.Loop.Post(Finish));

        void Finish()
        {
            patience?.Cancel();
            if (!isRead)
                EndTree(then);
            isRead = true;
        }
    }

    /// <summary>How it ended, for the last time; unknown when somebody else has reaped it.</summary>
    public ChildExit Reap() => _child.Reap();

    public void Close()
    {
        StopAsking();
        _ready?.Close();
        _child.Close();
        _process.Outputs.Linger();
        if (!_child.IsForeign)
            _group.Socket?.Release();
        Listener?.End();
        _around.ControlGroups.Release(_control);
    }

    /// <summary>Looks once whether its child is where it should be.</summary>
    private void WatchEntry()
    {
        if (_control is not null)
            _entry = _around.Loop.After(EntryPatience, () => _around.ControlGroups.CheckEntry(_process, _control));
    }

    private void StopAsking()
    {
        _health?.Close();
        _around.Memory.Remove(_process);
        _timed?.Close();
        _entry?.Cancel();
    }

    /// <summary>What was ended at its own limit is restarted, as what is seen above it. Others have limits, too: a
    /// program may divide its group, and outlive the end of what it put there.</summary>
    private void TellOfMemory()
    {
        const long mega = 1 << 20;
        if (_control?.OutOfMemory() is not { Ended: > 0 } events)
            return;
        var name = _process.Config.Name;
        if (events.AtLimit == 0 || _process.Config.Life.Limits.MemoryBytes is not { } limit)
        {
            if (events.EndedItself > 0)
                _around.Log.Warn("the machine had no memory left, and the system ended "
                    + $"{events.EndedItself} processes of {name}");
            return;
        }
        // Nobody knows how one of an earlier daemon ended.
        if (_child.Peek() is not ({ Kind: ExitKind.Unknown } or { Kind: ExitKind.Signal, Value: Signals.Kill }))
            return;
        _around.Log.Warn($"the system ended {name}: its memory came to {ControlGroup.MemoryMax(limit) / mega} MB, over "
            + $"limit_memory {limit / mega} MB");
        _process.Memory.IsRestartAsked |= _process.State == ProcessState.Running;
    }

    /// <summary>After a stop all have the signal already.</summary>
    private void EndTree(Action then)
    {
        var config = _process.Config;
        int? signal = _process.State == ProcessState.Stopping ? null : config.StopSignal;
        if (_tree is null)
            then();
        else
            _tree.End(signal, TimeSpan.FromSeconds(config.StopWaitSeconds), then);
    }

    private static ReadyWatch? ReadyOf(SupervisedProcess process, NotifyHandOver? former, ProcessSurroundings around) =>
        process.Config.Life.ReadyWhen is null ? null : new(process.Config, former, around, process.SeeReady);

    private static Func<LinePattern?>? PatternOf(ReadyWatch? ready) => ready is null ? null : ready.Pattern;

    private static ValueList<EnvironmentVariable> EnvironmentOf(SupervisedProcess process, ReadyWatch? ready)
    {
        var own = process.Config.Environment;
        var life = process.Config.Life;
        return (ready, life.StopTree || life.Limits.MemoryBytes is not null) switch
        {
            (null, false) => own,
            (_, false) => [.. own, .. ready.Environment],
            _ => [.. own, .. ready?.Environment ?? [], new(ProcessTree.Mark, MarkOf(process))],
        };
    }

    /// <summary>Of this run alone; the same after an upgrade.</summary>
    private static string MarkOf(SupervisedProcess process) =>
        $"{Environment.ProcessId}-{process.Memory.SpawnedAt}-{process.FullName}";
}
