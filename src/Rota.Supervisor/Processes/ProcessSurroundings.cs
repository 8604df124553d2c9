using Rota.Supervisor.Events;
using Rota.Supervisor.Logs;

namespace Rota.Supervisor.Processes;

/// <summary>What all processes of one daemon share. Its <see cref="State"/> belongs to the loop thread.</summary>
internal sealed class ProcessSurroundings(EventLoop loop, OutputPump output, EventHub events, Spawner spawner,
    TimeProvider time)
{
    public EventLoop Loop => loop;

    public OutputPump Output => output;

    public MainLog Log => output.Log;

    public EventHub Events => events;

    public Spawner Spawner => spawner;

    public TimeProvider Time => time;

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
