using Rota.Supervisor.Config;
using Rota.Supervisor.Events;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;
using static Rota.Supervisor.Processes.ProcessTrigger;

namespace Rota.Supervisor.Processes;

/// <summary>One configured process: its state, its child while there is one, and all decisions about them.</summary>
/// <remarks>
/// Lives on the loop thread. What moves it: commands, the end of its child (a pidfd), and one timer, which is either
/// the end of `startsecs`, the next try, or the end of the patience with a stop.
/// When the child ends, the output thread first reads what it left in its pipes; only then does the state change, so
/// that its last words stand before its end, in the logs and in the events. A disk that hangs delays that by a second
/// at most. Decisions go by the monotonic clock; wall-clock times are for display.
/// </remarks>
internal sealed class SupervisedProcess
{
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(1);

    private readonly ProcessGroup _group;
    private readonly ProcessSurroundings _around;
    private readonly ProcessWaiters _waiters = new();
    private readonly StopReport _stopReport;
    private ProcessMemory _is = new();
    private LiveChild? _child;
    private LoopTimer? _timer;

    public SupervisedProcess(ProcessGroup group, ProcessConfig config, ProcessSurroundings around)
    {
        (_group, Config, _around) = (group, config, around);
        Outputs = new(group.Config.Name, config, group.Pool is not null, around);
        _stopReport = new(config.Name, around);
    }

    public ProcessConfig Config { get; }

    public ProcessOutputs Outputs { get; }

    /// <summary>What it is and remembers, to be read.</summary>
    public ProcessMemory Memory => _is;

    public ProcessState State => _is.State;

    /// <summary>0 while there is no child.</summary>
    public int Pid => _child?.Pid ?? 0;

    /// <summary>Of its child, for a later daemon.</summary>
    public ChildRecord? Record => _child?.Record;

    /// <summary>The talk with a process of an event listener, while it runs.</summary>
    public ListenerTalk? Listener { get; private set; }

    /// <summary>The daemon starts: so does what is configured to.</summary>
    public void AutoStart()
    {
        if (Config.AutoStart)
            SpawnInTurn(ProcessState.Stopped);
    }

    /// <summary>Makes the child, or fails to, and moves accordingly.</summary>
    public void Spawn()
    {
        (_is.SpawnError, _is.ExitStatus, _is.IsStopAsked) = (null, null, false);
        _is.Start = _around.Time.GetUtcNow();
        _is.SpawnedAt = _around.Time.GetTimestamp();
        _is.Spawns++;
        Move(ProcessTrigger.Spawn);
        try
        {
            MakeChild();
        }
        catch (LaunchException error)
        {
            _is.SpawnError = error.Message;
            _around.Log.Info($"spawnerr: {error.Message}");
            Fail();
            return;
        }
        _around.Log.Info($"spawned: '{Config.Name}' with pid {Pid}");
        if (Config.StartSeconds == 0)
            StayUp();
        else
            SetTimer(TimeSpan.FromSeconds(Config.StartSeconds), StayUpIfAlive);
    }

    /// <summary>Asks it to end. Null, or why that cannot be.</summary>
    public string? Stop()
    {
        if (State == ProcessState.Backoff)
        {
            _around.Log.Debug($"Attempted to kill {Config.Name}, which is in BACKOFF state.");
            _is.Failures = 0;
            SetTimer(null);
            Move(ProcessTrigger.Stop);
            return null;
        }
        return Kill(Config.StopSignal);
    }

    /// <summary>As <see cref="Stop"/> while the daemon goes down: what waits for its next try is given up.</summary>
    public void StopForGood()
    {
        if (State == ProcessState.Backoff)
            GiveUp();
        else if (State is ProcessState.Running or ProcessState.Starting)
            Stop();
    }

    /// <summary>Sends a signal to the process alone. Null, or why that cannot be.</summary>
    public string? Signal(int signal)
    {
        if (_child is null)
            return $"attempted to send {Config.Name} sig {Signals.Name(signal)} but it wasn't running";
        _around.Log.Debug($"sending {Config.Name} (pid {Pid}) sig {Signals.Name(signal)}");
        return Send(_child, signal, asGroup: false, "unknown problem sending sig");
    }

    /// <exception cref="SupervisorFault">NOT_RUNNING, NO_FILE, FAILED.</exception>
    public void SendStdin(byte[] text)
    {
        if (_child is null || _is.IsStopAsked)
            throw new SupervisorFault(FaultCode.NotRunning, FullName);
        if (_child.Input is not { } input || !input.TryWrite(text, out var isFull))
            throw new SupervisorFault(FaultCode.NoFile, FullName);
        if (isFull)
            throw new SupervisorFault(FaultCode.Failed, $"{FullName} does not read its input");
    }

    /// <summary>Ends when it runs. Faults: SPAWN_ERROR, ABNORMAL_TERMINATION.</summary>
    public Task WaitUntilStartedAsync() => _waiters.WaitAsync(() => (State, _is.SpawnError) switch
    {
        (ProcessState.Running, _) => true,
        (_, not null) => throw new SupervisorFault(FaultCode.SpawnError, FullName),
        (ProcessState.Starting, _) => false,
        _ => throw new SupervisorFault(FaultCode.AbnormalTermination, FullName),
    });

    /// <summary>Ends when it has stopped, and says every two seconds that somebody waits for it.</summary>
    public Task WaitUntilStoppedAsync()
    {
        if (State == ProcessState.Stopping)
            _stopReport.Start();
        return _waiters.WaitAsync(() => State.IsStopped);
    }

    /// <summary>All of it, for <see cref="Adopt"/> in the next program.</summary>
    public ProcessHandOver Save((PipeHandOver? Stdout, PipeHandOver? Stderr) pipes) => new(Config.Name, _is,
        Outputs.StdoutPath, Outputs.StderrPath, _child?.Save(pipes, Listener?.Save()));

    /// <summary>Goes on where the former program left it.</summary>
    public void Adopt(ProcessHandOver former)
    {
        _is = former.Memory;
        if (former.Child is { } child)
            Attach(child.Ends, child.IsForeign, () => Outputs.ReadOn(child, Listener is { } talk ? talk.Hear : null));
        if (former.Child?.Talk is { } words)
            Listener?.Restore(words);
        if (former.Child?.WaitingInput is { Length: > 0 } input)
            _child!.Input?.TryWrite(input, out _);
        Rearm();
    }

    /// <summary>Does what its state asks for when its time comes, as if nothing had come between.</summary>
    public void Rearm()
    {
        if (_is.DueAt is { } due)
        {
            var now = _around.Time.GetTimestamp();
            SetTimer(_around.Time.GetElapsedTime(now, Math.Max(due, now)), State switch
            {
                ProcessState.Starting => StayUpIfAlive,
                ProcessState.Stopping => KillForGood,
                _ => () => SpawnInTurn(ProcessState.Backoff),
            });
        }
        else if (State == ProcessState.Exited && WantsRestart(Config.ExitCodes.Contains(_is.ExitStatus ?? 0)))
        {
            SpawnInTurn(ProcessState.Exited);
        }
        else if (State == ProcessState.Stopped && _is.Start is null)
        {
            AutoStart();
        }
    }

    public string Group => _group.Config.Name;

    public string FullName => new ProcessName(_group.Config.Name, Config.Name).ToString();

    /// <summary>Its child waits to be reaped; the reaper of orphans leaves it to us.</summary>
    public void SeeEnd()
    {
        if (_child is not { IsWatched: true, HasEnded: true } child)
            return;
        child.StopWatching();
        SetTimer(null);
        var lived = _around.Time.GetElapsedTime(_is.SpawnedAt);
        var isFinished = false;
        LoopTimer? patience = null;
        patience = _around.Loop.After(DrainPatience, Finish);
        Outputs.Drain(() => _around.Loop.Post(Finish));

        void Finish()
        {
            patience?.Cancel();
            if (!isFinished)
                this.Finish(lived);
            isFinished = true;
        }
    }

    private void MakeChild()
    {
        var (child, logs) = ChildStart.Make(_group, Config, Outputs, _around.Spawner);
        Attach(child, false, () => Outputs.Read(child, logs, Listener is { } talk ? talk.Hear : null));
    }

    private void Attach(Spawner.Child ends, bool isForeign, Action read)
    {
        _child = new(ends, isForeign, _around.Loop, SeeEnd) { Record = ChildRecord.Of(FullName, Config, ends) };
        _around.OnChildChange();
        Listener = _group.Pool?.TalkTo(Config.Name, () => State, Send);
        read();

        bool Send(byte[] text) => _child?.Input is { } input && input.TryWrite(text, out var isFull) && !isFull;
    }

    private void StayUpIfAlive()
    {
        // The end may have come at the same moment and wait to be seen: it came first.
        if (_child is { HasEnded: true })
            SeeEnd();
        else
            StayUp();
    }

    private void StayUp()
    {
        SetTimer(null);
        _is.Failures = 0;
        Move(StaysUp);
        _around.Log.Info($"success: {Config.Name} entered RUNNING state, process has stayed up for > than "
            + $"{Config.StartSeconds} seconds (startsecs)");
        _group.Pool?.Dispatch();
    }

    private void Fail()
    {
        _is.Failures++;
        Move(Fails);
        if (_is.Failures > Config.StartRetries)
        {
            GiveUp();
            _around.Log.Info($"gave up: {Config.Name} entered FATAL state, too many start retries too quickly");
        }
        else
        {
            SetTimer(TimeSpan.FromSeconds(_is.Failures), () => SpawnInTurn(ProcessState.Backoff));
        }
    }

    private void GiveUp()
    {
        _is.Failures = 0;
        SetTimer(null);
        Move(GivesUp);
    }

    private string? Kill(int signal)
    {
        if (_child is null)
            return $"attempted to kill {Config.Name} with sig {Signals.Name(signal)} but it wasn't running";
        var asGroup = State == ProcessState.Stopping ? Config.KillAsGroup : Config.StopAsGroup;
        _around.Log.Debug($"killing {Config.Name} (pid {Pid}) {(asGroup ? "process group " : "")}with signal "
            + Signals.Name(signal));
        _is.IsStopAsked = true;
        SetTimer(TimeSpan.FromSeconds(Config.StopWaitSeconds), KillForGood);
        Move(ProcessTrigger.Stop);
        return Send(_child, signal, asGroup, "unknown problem killing");
    }

    private void KillForGood()
    {
        _around.Log.Warn($"killing '{Config.Name}' ({Pid}) with SIGKILL");
        Kill(Signals.Kill);
    }

    private string? Send(LiveChild child, int signal, bool asGroup, string problem)
    {
        var error = child.Signal(signal, asGroup);
        if (error == 0)
            return null;
        if (error == Errno.NoProcess)
        {
            _around.Log.Debug($"unable to signal {Config.Name} (pid {Pid}), it probably just exited on its own: "
                + Errno.Message(error));
            return null;
        }
        var message = $"{problem} {Config.Name} ({Pid}):{Errno.Message(error)}";
        _around.Log.Critical(message);
        SetTimer(null);
        _is.IsStopAsked = false;
        _stopReport.Stop();
        Move(CannotSignal);
        return message;
    }

    /// <summary>The child is over and its output read.</summary>
    private void Finish(TimeSpan lived)
    {
        var exit = _child?.Reap() ?? default;
        if (exit.Kind == ExitKind.Unknown)
            _around.Log.Critical($"the exit code of {Config.Name} (pid {Pid}) is unknown, since others reaped it");
        SetTimer(null);
        _is.End = _around.Time.GetUtcNow();
        var isExpected = Config.ExitCodes.Contains(exit.Status);
        if (State == ProcessState.Stopping)
            FinishStop(exit, isExpected);
        else if (State == ProcessState.Starting && lived < TimeSpan.FromSeconds(Config.StartSeconds))
            FinishTooSoon(exit);
        else
            FinishRun(exit, isExpected);
        Forget();
        if (State == ProcessState.Exited && WantsRestart(isExpected))
            SpawnInTurn(ProcessState.Exited);
    }

    private void FinishStop(ChildExit exit, bool isExpected)
    {
        _is.ExitStatus = exit.Status;
        Move(Exits);
        _around.Log.Say(isExpected ? LogLevel.Info : LogLevel.Warn, $"stopped: {Config.Name} ({exit})");
    }

    private void FinishTooSoon(ChildExit exit)
    {
        _is.SpawnError = "Exited too quickly (process log may have details)";
        _around.Log.Warn($"exited: {Config.Name} ({exit}; not expected)");
        Fail();
    }

    private void FinishRun(ChildExit exit, bool isExpected)
    {
        _is.Failures = 0;
        _is.ExitStatus = exit.Status;
        if (State == ProcessState.Starting)
            Move(StaysUp);
        if (!isExpected)
            _is.SpawnError = $"Bad exit code {exit.Status}";
        if (State == ProcessState.Running)
            Move(Exits, isExpected);
        _around.Log.Say(isExpected ? LogLevel.Info : LogLevel.Warn,
            $"exited: {Config.Name} ({exit}; {(isExpected ? "expected" : "not expected")})");
    }

    private void Forget()
    {
        if (_child is { IsForeign: false })
            _group.Socket?.Release();
        _child?.Close();
        _child = null;
        _around.OnChildChange();
        _is.IsStopAsked = false;
        _stopReport.Stop();
        Outputs.Linger();
        Listener?.End();
        Listener = null;
    }

    private bool WantsRestart(bool isExpected) =>
        Config.AutoRestart == AutoRestart.Always || Config.AutoRestart == AutoRestart.Unexpected && !isExpected;

    /// <summary>Spawns when the loop has time for it, unless something else has happened until then.</summary>
    private void SpawnInTurn(ProcessState from) => _around.Loop.InBackground(() =>
    {
        if (State == from && Pid == 0 && _around.MayStart && !_group.IsRemoved)
            Spawn();
    });

    private void Move(ProcessTrigger trigger, bool isExpected = true)
    {
        var before = State;
        _is.State = before.After(trigger)
            ?? throw new InvalidOperationException($"{FullName} is {before.Word}, where {trigger} cannot happen");
        if (State == before)
            return;
        if (_around.Events.IsWanted(ProcessStateEvent.NameOf(State)))
            _around.Events.Tell(ProcessStateEvent.Of(this, _group.Config.Name, before, _is.Failures, isExpected));
        _waiters.Check();
        _group.OnMoved();
    }

    private void SetTimer(TimeSpan? delay, Action? then = null)
    {
        _timer?.Cancel();
        _timer = delay is { } after ? _around.Loop.After(after, then!) : null;
        _is.DueAt = _timer?.DueAt;
    }
}
