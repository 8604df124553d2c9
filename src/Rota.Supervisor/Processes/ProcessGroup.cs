using Rota.Supervisor.Config;
using Rota.Supervisor.Events;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes;

/// <summary>An active group: its processes, and what they share.</summary>
internal sealed class ProcessGroup
{
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
        Config = config;
        Environment = environment;
        if (config.Kind == GroupKind.EventListeners)
            Pool = new(config, identifier, around.Log);
        if (config.Socket is { } socket)
            Socket = new(socket, around.Log);
        Processes = [.. config.Processes.Select(process => new SupervisedProcess(this, withLogs(process), around))];
    }

    /// <summary>As it was read; its AUTO logs have no paths here, so that it can be compared with a new
    /// reading.</summary>
    public GroupConfig Config { get; }

    /// <summary>Of `[supervisord]` when the group was made.</summary>
    public ValueList<EnvironmentVariable> Environment { get; }

    /// <summary>By priority, then by name.</summary>
    public IReadOnlyList<SupervisedProcess> Processes { get; }

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
