using Rota.Supervisor.Events;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes.Checks;
using Rota.Supervisor.Processes.Dependencies;
using Rota.Supervisor.Processes.Trees;
using Rota.Supervisor.Secrets;

namespace Rota.Supervisor.Processes;

/// <summary>What all processes of one daemon share. Its <see cref="State"/> belongs to the loop thread.</summary>
internal sealed class ProcessSurroundings(EventLoop loop, OutputPump output, EventHub events, Spawner spawner,
    TimeProvider time)
{
    private FatalActions? _fatal;

    public EventLoop Loop => loop;

    public OutputPump Output => output;

    public MainLog Log => output.Log;

    public EventHub Events => events;

    public Spawner Spawner => spawner;

    public TimeProvider Time => time;

    public Probes Probes { get; } = new(loop, time);

    public SideCommands Commands { get; } = new(loop, spawner);

    public ControlGroups ControlGroups { get; } = new(loop, output.Log);

    public MemoryWatch Memory { get; } = new(loop, output.Log);

    public DependencyWaits Waits { get; } = new(loop, output.Log);

    public FatalActions Fatal => _fatal ??= new(this);

    /// <summary>For the jitter of waits.</summary>
    public Random Random { get; } = new();

    public required SecretVault Vault { get; init; }

    public required bool StripAnsi { get; init; }

    /// <summary>A child has come or gone.</summary>
    public Action OnChildChange { get; set; } = () => { };

    public DaemonState State { get; set; } = DaemonState.Running;

    /// <summary>Nothing is started from now on, as during a restart; false when it stops already.</summary>
    public bool TryStand()
    {
        if (!MayStart)
            return false;
        State = DaemonState.Restarting;
        return true;
    }

    /// <summary>No process is started while the daemon stops.</summary>
    public bool MayStart => State >= DaemonState.Running;
}
