using Rota.Supervisor.Config;
using Rota.Supervisor.Events;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes;

/// <summary>An active group: its processes, and what they share.</summary>
internal sealed class ProcessGroup
{
    private readonly ProcessSurroundings _around;

    /// <exception cref="SupervisorFault">FAILED: a log cannot be made, or the socket cannot be opened.</exception>
    public ProcessGroup(GroupConfig config, DaemonConfig daemon, ProcessSurroundings around)
        : this(config, daemon.Environment, daemon.Identifier, around, process => WithLogs(process, daemon))
    {
        if (Socket is not null)
            Try(Socket);
    }

    private ProcessGroup(GroupConfig config, ValueList<EnvironmentVariable> environment, string identifier,
        ProcessSurroundings around, Func<ProcessConfig, ProcessConfig> withLogs)
    {
        (_around, Config, Environment) = (around, config, environment);
        Roll = new(this, around);
        if (config.Kind == GroupKind.EventListeners)
            Pool = new(config, identifier, around.Log);
        if (config.Socket is { } socket)
            Socket = new(socket, around.Log);
        Processes = [.. config.Processes.Select(process => new SupervisedProcess(this, withLogs(process), around))];
    }

    /// <summary>As it was read; its AUTO logs have no paths here, so that it can be compared with a new
    /// reading. After half a rolling update some processes are those of the new reading.</summary>
    public GroupConfig Config { get; private set; }

    /// <summary>Of `[supervisord]` when the group was made.</summary>
    public ValueList<EnvironmentVariable> Environment { get; }

    /// <summary>By priority, then by name.</summary>
    public IReadOnlyList<SupervisedProcess> Processes { get; private set; }

    /// <summary>What is done to its processes one after the other.</summary>
    public GroupRoll Roll { get; }

    /// <summary>Of event listeners.</summary>
    public ListenerPool? Pool { get; }

    /// <summary>Of FastCGI programs.</summary>
    public FastCgiListener? Socket { get; }

    public bool IsRemoved { get; set; }

    public IEnumerable<SupervisedProcess> Unstopped => Processes.Where(process => !process.State.IsStopped);

    /// <summary>One of its processes has moved.</summary>
    public Action OnMoved { get; set; } = () => { };

    /// <param name="pipes">Where the reading of each process's pipes was stopped.</param>
    public GroupHandOver Save(
        IReadOnlyDictionary<SupervisedProcess, (PipeHandOver? Stdout, PipeHandOver? Stderr)> pipes) =>
        new(Config, Environment, Socket?.Held, Pool?.Save(),
            [.. Processes.Select(process => process.Save(pipes.GetValueOrDefault(process)))]);

    /// <summary>The group as the former program left it, with its children.</summary>
    public static ProcessGroup Adopt(GroupHandOver former, DaemonConfig daemon, ProcessSurroundings around)
    {
        var known = former.Processes.ToDictionary(process => process.Name);
        var group = new ProcessGroup(former.Config, former.Environment, daemon.Identifier, around,
            process => process with
            {
                Stdout = process.Stdout with { Path = known[process.Name].StdoutLog },
                Stderr = process.Stderr with { Path = known[process.Name].StderrLog },
            });
        if (former.Socket is { } socket)
            group.Socket?.Restore(socket, former.Processes.Count(process => process.Child is not null));
        if (former.Pool is { } pool)
            group.Pool?.Restore(pool);
        foreach (var process in group.Processes)
            process.Adopt(known[process.Config.Name]);
        return group;
    }

    public SupervisedProcess? Find(string name) => Processes.FirstOrDefault(process => process.Config.Name == name);

    /// <summary>Why a change to this cannot be made process by process; null: it can.</summary>
    public string? WhyAtOnce(GroupConfig to, DaemonConfig daemon) =>
        to.Kind != Config.Kind ? "it is of another kind now"
        : to.Kind == GroupKind.EventListeners ? "event listeners share the events that wait"
        : to.Socket != Config.Socket ? "its socket has changed"
        : !Environment.Equals(daemon.Environment) ? "the environment of [supervisord] has changed"
        : null;

    /// <summary>Puts a process in the place of the one of that name, or beside the others.</summary>
    /// <exception cref="SupervisorFault">STILL_RUNNING, FAILED: a log cannot be made.</exception>
    public SupervisedProcess Put(ProcessConfig process, DaemonConfig daemon)
    {
        var fresh = new SupervisedProcess(this, WithLogs(process, daemon), _around);
        Change(process.Name, [process], [fresh]);
        return fresh;
    }

    /// <exception cref="SupervisorFault">STILL_RUNNING.</exception>
    public bool Remove(string name) => Change(name, [], []);

    /// <summary>All of its processes are those of this reading: so is the rest.</summary>
    public void Take(GroupConfig config) => Config = config;

    private bool Change(string name, ProcessConfig[] configs, SupervisedProcess[] processes)
    {
        var former = Find(name);
        if (former is { State.IsStopped: false })
            throw new SupervisorFault(FaultCode.StillRunning, former.FullName);
        former?.Next.Cancel();
        // A start of it may be in the loop's queue.
        former?.IsRemoved = true;
        Config = Config with
        {
            Processes = [.. Config.Processes.Where(other => other.Name != name).Concat(configs)
                .OrderBy(other => other.Priority).ThenBy(other => other.Name, StringComparer.Ordinal)],
        };
        Processes = [.. Processes.Where(other => other != former).Concat(processes)
            .OrderBy(other => other.Config.Priority).ThenBy(other => other.Config.Name, StringComparer.Ordinal)];
        return former is not null;
    }

    private static void Try(FastCgiListener socket)
    {
        try
        {
            // A wrong address shows now, not at the first start.
            socket.Hold();
            socket.Release();
        }
        catch (LaunchException error)
        {
            throw new SupervisorFault(FaultCode.Failed, error.Message);
        }
    }

    private static ProcessConfig WithLogs(ProcessConfig process, DaemonConfig daemon) => process with
    {
        Stdout = WithPath(process, process.Stdout, OutputChannel.Stdout, daemon),
        Stderr = process.RedirectStderr
            ? process.Stderr with { Path = null }
            : WithPath(process, process.Stderr, OutputChannel.Stderr, daemon),
    };

    private static OutputConfig WithPath(ProcessConfig process, OutputConfig output, OutputChannel channel,
        DaemonConfig daemon)
    {
        try
        {
            return output.Target switch
            {
                OutputTarget.None => output with { Path = null },
                OutputTarget.Auto => output with
                {
                    Path = AutoLogs.Create(daemon.ChildLogDir, process.Name, daemon.Identifier, channel),
                },
                _ => output,
            };
        }
        catch (SystemCallException error)
        {
            throw new SupervisorFault(FaultCode.Failed, error.Message);
        }
    }
}
