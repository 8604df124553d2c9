using Rota.Supervisor.Config;
using Rota.Supervisor.Events;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;
using Rota.Supervisor.Processes.Readiness;
using Rota.Supervisor.Secrets;
using static Rota.Supervisor.Processes.ProcessTrigger;

namespace Rota.Supervisor.Processes;

/// <summary>One configured process: its state, its child while there is one, and all decisions about them.</summary>
/// <remarks>
/// Lives on the loop thread. What moves it: commands, the end of its child (a pidfd), the sign that it is ready, and
/// one timer, which is either the end of `startsecs` or of the time to get ready, the next try, or the end of the
/// patience with a stop.
/// Decisions go by the monotonic clock; wall-clock times are for display.
/// </remarks>
internal sealed class SupervisedProcess
{
    private readonly ProcessGroup _group;
    private readonly ProcessSurroundings _around;
    private readonly StopReport _stopReport;
    private readonly StartPhase _start;
    private ProcessMemory _is = new();
    private ProcessRun? _run;
    private LoopTimer? _timer;

    public SupervisedProcess(ProcessGroup group, ProcessConfig config, ProcessSurroundings around)
    {
        (_group, Config, _around) = (group, config, around);
        Outputs = new(group.Config.Name, config, group.Pool is not null, around);
        _stopReport = new(config.Name, around);
        Waiters = new(this, _stopReport, around.Loop);
        _start = new(this, around);
        Next = new(this, around);
    }

    public ProcessConfig Config { get; }

    public ProcessOutputs Outputs { get; }

    /// <summary>What it is and remembers, to be read.</summary>
    public ProcessMemory Memory => _is;

    public ProcessState State => _is.State;

    /// <summary>0 while there is no child.</summary>
    public int Pid => _run?.Pid ?? 0;

    /// <summary>Null while there is no child.</summary>
    public ProcessRun? Run => _run;

    /// <summary>The talk with a process of an event listener, while it runs.</summary>
    public ListenerTalk? Listener => _run?.Listener;

    /// <summary>Who depends on it may start: it runs, or has done all that it was to do.</summary>
    public bool IsReady => State == ProcessState.Running
        || State == ProcessState.Exited && HasEndedWell && !RestartPolicy.Wants(Config.AutoRestart, isExpected: true);

    public ProcessWaiters Waiters { get; }

    /// <summary>The start that is still to come.</summary>
    public NextStart Next { get; }

    /// <summary>What it waits for, for the status; null: supervisord's own words.</summary>
    public string? Waiting => WaitText.Of(this, _around);

    /// <summary>Of `[supervisord]` when its group was made.</summary>
    public ValueList<EnvironmentVariable> GroupEnvironment => _group.Environment;

    /// <summary>Makes the child, or fails to, and moves accordingly.</summary>
    public void Spawn()
    {
        Next.Clear();
        _is.Begin(isReady: Config.Life.ReadyWhen is null, _around.Time);
        Move(ProcessTrigger.Spawn);
        Next.AskSecrets(Launch);
    }

    /// <summary>Asks it to end, or to start no more. Null, or why that cannot be.</summary>
    public string? Stop()
    {
        var (isPending, state) = (Next.IsPending, State);
        _is.IsReplaceAsked = false;
        Next.Cancel();
        if (state == ProcessState.Backoff)
        {
            _around.Log.Debug($"Attempted to kill {Config.Name}, which is in BACKOFF state.");
            _is.Failures = 0;
            SetTimer(null);
            Move(ProcessTrigger.Stop);
            return null;
        }
        return isPending && (state == ProcessState.Stopping || state.IsStopped) ? null : Kill(Config.StopSignal);
    }

    /// <summary>Stops a running process, to start it again.</summary>
    /// <param name="reason">For the log.</param>
    public void Restart(string reason)
    {
        if (State != ProcessState.Running)
            return;
        _around.Log.Warn($"restarting {Config.Name}: {reason}");
        Kill(Config.StopSignal);
        _is.IsRestartAsked = State == ProcessState.Stopping;
    }

    /// <summary>As <see cref="Stop"/> while the daemon goes down: what waits for its next try is given up.</summary>
    public void StopForGood()
    {
        Next.Cancel();
        if (State == ProcessState.Backoff)
            GiveUp();
        else if (State is ProcessState.Running or ProcessState.Starting)
            Stop();
    }

    /// <summary>Sends a signal to the process alone. Null, or why that cannot be.</summary>
    public string? Signal(int signal)
    {
        if (_run is null)
            return $"attempted to send {Config.Name} sig {Signals.Name(signal)} but it wasn't running";
        _around.Log.Debug($"sending {Config.Name} (pid {Pid}) sig {Signals.Name(signal)}");
        return Send(_run.Signal(signal), "unknown problem sending sig");
    }

    /// <summary>Sends a signal to the process or its group, and to its tree where that is stopped with it. Null, or why
    /// that cannot be.</summary>
    public string? SignalAll(int signal, bool asGroup) =>
        _run is null ? null : Send(_run.SignalAll(signal, asGroup), "unknown problem killing");

    /// <exception cref="SupervisorFault">NOT_RUNNING, NO_FILE, FAILED.</exception>
    public void SendStdin(byte[] text)
    {
        if (_run is null || _is.IsStopAsked)
            throw new SupervisorFault(FaultCode.NotRunning, FullName);
        _run.SendStdin(text);
    }

    /// <summary>All of it, for <see cref="Adopt"/> in the next program.</summary>
    public ProcessHandOver Save((PipeHandOver? Stdout, PipeHandOver? Stderr) pipes) => new(Config.Name, _is,
        Outputs.StdoutPath, Outputs.StderrPath, _run?.Save(pipes));

    /// <summary>Goes on where the former program left it.</summary>
    public void Adopt(ProcessHandOver former)
    {
        _is = former.Memory;
        if (former.Child is { } child)
            Enter(ProcessRun.Adopt(child, this, _group, _around));
        Rearm();
    }

    /// <summary>Does what its state asks for when its time comes, as if nothing had come between.</summary>
    public void Rearm()
    {
        var state = State;
        // The update that was to replace it is broken off; one that goes on after all cancels the restart.
        if (_is.IsReplaceAsked)
            (_is.IsReplaceAsked, _is.IsRestartAsked) = (false, true);
        if (_is.IsWaiting)
        {
            Next.GoOn();
        }
        else if (_is.DueAt is { } due)
        {
            var now = _around.Time.GetTimestamp();
            SetTimer(_around.Time.GetElapsedTime(now, Math.Max(due, now)), state switch
            {
                ProcessState.Starting => _start.Rest,
                ProcessState.Stopping => KillForGood,
                _ => () => Next.InTurn(state),
            });
        }
        else if (IsWithoutChild)
        {
            Next.AskSecrets(Launch);
        }
        else if (state is ProcessState.Stopped or ProcessState.Exited && _is.IsRestartAsked
            || state == ProcessState.Exited && RestartPolicy.Wants(Config.AutoRestart, HasEndedWell))
        {
            Next.InTurn(state);
        }
        else if (State == ProcessState.Stopped && _is.Start is null)
        {
            Next.AutoStart();
        }
    }

    public string Group => _group.Config.Name;

    public string FullName => new ProcessName(_group.Config.Name, Config.Name).ToString();

    /// <summary>Its group is not active any more, or it is not of its group any more: it never starts again.</summary>
    public bool IsRemoved { get => field || _group.IsRemoved; set; }

    /// <summary>Its child has ended, also when that was not seen yet.</summary>
    public bool HasEnded => _run is { HasEnded: true };

    /// <summary>It waits for its secrets.</summary>
    public bool IsWithoutChild => State == ProcessState.Starting && Pid == 0;

    /// <summary>It has shown the sign of `ready_when`.</summary>
    public void SeeReady() => _start.SeeReady();

    /// <summary>Its child waits to be reaped; the reaper of orphans leaves it to us.</summary>
    public void SeeEnd()
    {
        if (_run is not { IsEnding: false, HasEnded: true } run)
            return;
        SetTimer(null);
        var lived = _around.Time.GetElapsedTime(_is.SpawnedAt);
        run.End(() => Finish(lived));
    }

    /// <summary>Enters RUNNING.</summary>
    public void StayUp()
    {
        SetTimer(null);
        _is.Failures = 0;
        Move(StaysUp);
        _around.Log.Info($"success: {Config.Name} entered RUNNING state, process has stayed up for > than "
            + $"{Config.StartSeconds} seconds (startsecs)");
        _run?.Watch();
        _group.Pool?.Dispatch();
    }

    /// <summary>Enters FATAL.</summary>
    public void GiveUp()
    {
        _is.Failures = 0;
        Next.Clear();
        SetTimer(null);
        Move(GivesUp);
    }

    /// <summary>The one timer: what was to come before does not.</summary>
    public void SetTimer(TimeSpan? delay, Action? then = null)
    {
        _timer?.Cancel();
        _timer = delay is { } after ? _around.Loop.After(after, then!) : null;
        _is.DueAt = _timer?.DueAt;
    }

    private void Launch(SecretAnswer secrets)
    {
        try
        {
            Enter(ProcessRun.Spawn(this, _group, secrets, _around));
        }
        catch (LaunchException error)
        {
            _is.SpawnError = error.Message;
            _around.Log.Info($"spawnerr: {error.Message}");
            Fail();
            return;
        }
        _around.Log.Info($"spawned: '{Config.Name}' with pid {Pid}");
        _start.Begin();
    }

    private void Enter(ProcessRun run)
    {
        _run = run;
        _around.OnChildChange();
    }

    private bool HasEndedWell => Config.ExitCodes.Contains(_is.ExitStatus ?? 0);

    private void Fail()
    {
        _is.Failures++;
        Move(Fails);
        if (RestartPolicy.AfterFailure(Config, _is.Failures, _around.Random.NextDouble()) is { } delay)
        {
            SetTimer(delay, () => Next.InTurn(ProcessState.Backoff));
            return;
        }
        GiveUp();
        _around.Log.Info($"gave up: {Config.Name} entered FATAL state, too many start retries too quickly");
        _around.Fatal.Do(this, _is.SpawnError ?? "");
    }

    private string? Kill(int signal)
    {
        if (IsWithoutChild)
        {
            Move(ProcessTrigger.Stop);
            Move(Exits);
            return null;
        }
        if (_run is null)
            return $"attempted to kill {Config.Name} with sig {Signals.Name(signal)} but it wasn't running";
        var asGroup = State == ProcessState.Stopping ? Config.KillAsGroup : Config.StopAsGroup;
        _around.Log.Debug($"killing {Config.Name} (pid {Pid}) {(asGroup ? "process group " : "")}with signal "
            + Signals.Name(signal));
        _is.IsStopAsked = true;
        SetTimer(TimeSpan.FromSeconds(Config.StopWaitSeconds), KillForGood);
        Move(ProcessTrigger.Stop);
        return SignalAll(signal, asGroup);
    }

    private void KillForGood()
    {
        _around.Log.Warn($"killing '{Config.Name}' ({Pid}) with SIGKILL");
        Kill(Signals.Kill);
    }

    private string? Send(int error, string problem)
    {
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
        var exit = _run?.Reap() ?? default;
        if (exit.Kind == ExitKind.Unknown)
            _around.Log.Critical($"the exit code of {Config.Name} (pid {Pid}) is unknown, since others reaped it");
        SetTimer(null);
        _is.End = _around.Time.GetUtcNow();
        var isExpected = Config.ExitCodes.Contains(exit.Status);
        if (State == ProcessState.Stopping)
            FinishStop(exit, isExpected);
        else if (State == ProcessState.Starting && !_start.IsDone(lived, isExpected))
            FinishTooSoon(exit);
        else
            FinishRun(exit, isExpected);
        Forget();
        if (State == ProcessState.Exited && RestartPolicy.Wants(Config.AutoRestart, isExpected)
            || State is ProcessState.Stopped or ProcessState.Exited && _is.IsRestartAsked)
            Next.Again(lived);
    }

    private void FinishStop(ChildExit exit, bool isExpected)
    {
        _is.ExitStatus = exit.Status;
        Move(Exits);
        _around.Log.Say(isExpected ? LogLevel.Info : LogLevel.Warn, $"stopped: {Config.Name} ({exit})");
    }

    private void FinishTooSoon(ChildExit exit)
    {
        _is.SpawnError ??= "Exited too quickly (process log may have details)";
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
        _run?.Close();
        _run = null;
        _around.OnChildChange();
        _is.IsStopAsked = false;
        _stopReport.Stop();
    }

    private void Move(ProcessTrigger trigger, bool isExpected = true)
    {
        var before = State;
        _is.State = before.After(trigger)
            ?? throw new InvalidOperationException($"{FullName} is {before.Word}, where {trigger} cannot happen");
        if (State == before)
            return;
        if (_around.Events.IsWanted(ProcessStateEvent.NameOf(State)))
            _around.Events.Tell(ProcessStateEvent.Of(this, _group.Config.Name, before, _is.Failures, isExpected));
        Waiters.Check();
        _around.Waits.Note();
        _group.OnMoved();
    }
}
