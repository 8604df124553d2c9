using Rota.Supervisor.Events;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;
using Rota.Supervisor.Secrets;

namespace Rota.Supervisor.Processes;

/// <summary>One run of a process: its child with all that reads it and talks to it, until the child is reaped.
/// </summary>
/// <remarks>When the child ends, the output thread first reads what it left in its pipes; only then is the run over, so
/// that its last words stand before its end, in the logs and in the events. A disk that hangs delays that by a second
/// at most. Lives on the loop thread.</remarks>
internal sealed class ProcessRun
{
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(1);

    private readonly SupervisedProcess _process;
    private readonly ProcessGroup _group;
    private readonly ProcessSurroundings _around;
    private readonly LiveChild _child;

    private ProcessRun(SupervisedProcess process, ProcessGroup group, ProcessSurroundings around, int pid, int? stdin)
    {
        (_process, _group, _around) = (process, group, around);
        _child = new(pid, stdin, around.Loop, process.SeeEnd);
        Listener = group.Pool?.TalkTo(process.Config.Name, () => process.State, Send);

        bool Send(byte[] text) => Input is { } input && input.TryWrite(text, out var isFull) && !isFull;
    }

    public int Pid => _child.Pid;

    public ChildInput? Input => _child.Input;

    /// <summary>The talk with a process of an event listener.</summary>
    public ListenerTalk? Listener { get; }

    public bool HasEnded => _child.HasEnded;

    /// <summary>Its end was seen, and what it left is being read.</summary>
    public bool IsEnding => !_child.IsWatched;

    /// <exception cref="LaunchException">The sentence for `spawnerr`; nothing is left open.</exception>
    public static ProcessRun Spawn(SupervisedProcess process, ProcessGroup group, SecretAnswer secrets,
        ProcessSurroundings around)
    {
        var (child, logs) = ChildStart.Make(group, process.Config, secrets, process.Outputs, around.Spawner);
        var run = new ProcessRun(process, group, around, child.Pid, child.Stdin);
        process.Outputs.Read(child, logs, run.Listener is { } talk ? talk.Hear : null);
        return run;
    }

    /// <summary>Goes on with a child of the former program.</summary>
    public static ProcessRun Adopt(ChildHandOver former, SupervisedProcess process, ProcessGroup group,
        ProcessSurroundings around)
    {
        var run = new ProcessRun(process, group, around, former.Pid, former.Stdin);
        process.Outputs.ReadOn(former, run.Listener is { } talk ? talk.Hear : null);
        if (former.Talk is { } words)
            run.Listener?.Restore(words);
        if (former.WaitingInput.Length > 0)
            run.Input?.TryWrite(former.WaitingInput, out _);
        return run;
    }

    public ChildHandOver Save((PipeHandOver? Stdout, PipeHandOver? Stderr) pipes) =>
        _child.Save(pipes, Listener?.Save());

    /// <summary>0, or the error.</summary>
    public int Signal(int signal, bool asGroup) => _child.Signal(signal, asGroup);

    /// <summary>The child has ended: reads its last words, then calls back.</summary>
    public void End(Action then)
    {
        _child.StopWatching();
        var isOver = false;
        LoopTimer? patience = null;
        patience = _around.Loop.After(DrainPatience, Finish);
        _process.Outputs.Drain(() => _around.Loop.Post(Finish));

        void Finish()
        {
            patience?.Cancel();
            if (!isOver)
                then();
            isOver = true;
        }
    }

    /// <summary>How it ended, for the last time; null when somebody else has reaped it.</summary>
    public ChildExit? Reap() => _child.Reap();

    public void Close()
    {
        _child.Close();
        _process.Outputs.Linger();
        _group.Socket?.Release();
        Listener?.End();
    }
}
