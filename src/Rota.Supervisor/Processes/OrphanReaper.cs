using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;
using Rota.Supervisor.Processes.Checks;

namespace Rota.Supervisor.Processes;

/// <summary>Reaps the children that others left to us, as pid 1 of a container must. Lives on the loop
/// thread.</summary>
/// <remarks>The system has no descriptor that tells of them, so it looks once a second. A child of ours that has ended
/// is handed to its process, in case its own watch is late.</remarks>
internal sealed class OrphanReaper(EventLoop loop, ProcessTable table, SideCommands commands, MainLog log)
{
    private const int MostAtOnce = 1000;
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    public void Start() => loop.After(Between, Look);

    private void Look()
    {
        for (var count = 0; count < MostAtOnce && Children.FindEnded() is { } pid; count++)
        {
            var own = table.All.FirstOrDefault(process => process.Pid == pid);
            own?.SeeEnd();
            if (own is not null || commands.Owns(pid))
                break;
            if (Children.Reap(pid) is { } exit)
                log.Info($"reaped unknown pid {pid} ({exit})");
        }
        loop.After(Between, Look);
    }
}
