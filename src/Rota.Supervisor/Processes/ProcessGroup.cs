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
    {
        Config = config;
        Environment = daemon.Environment;
        if (config.Kind == GroupKind.EventListeners)
            Pool = new(config, daemon.Identifier, around.Log);
        if (config.Socket is { } socket)
            Socket = Try(new FastCgiListener(socket, around.Log));
        Processes =
        [
            .. config.Processes.Select(process => new SupervisedProcess(this, WithLogs(process, daemon), around)),
        ];
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

    /// <summary>All at once, the highest priority number first.</summary>
    public void StopForGood()
    {
        foreach (var process in Processes.Reverse())
            process.StopForGood();
    }

    private static FastCgiListener Try(FastCgiListener socket)
    {
        try
        {
            // A wrong address shows now, not at the first start.
            socket.Hold();
            socket.Release();
            return socket;
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
