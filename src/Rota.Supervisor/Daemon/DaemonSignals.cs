using System.Runtime.InteropServices;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;
using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Daemon;

/// <summary>TERM, INT and QUIT end the daemon, HUP starts it anew, USR2 reopens its logs; USR1 puts the program's new
/// version in its place, which supervisord does not know.</summary>
/// <remarks>Never CHLD: the runtime would then reap our children.</remarks>
internal sealed class DaemonSignals : IDisposable
{
    private const PosixSignal User1 = (PosixSignal)10;
    private const PosixSignal User2 = (PosixSignal)12;

    private readonly Processes.Supervisor _supervisor;
    private readonly MainLog _log;
    private readonly PosixSignalRegistration[] _registrations;

    public DaemonSignals(Processes.Supervisor supervisor, MainLog log)
    {
        (_supervisor, _log) = (supervisor, log);
        _registrations =
        [
            On(PosixSignal.SIGTERM, () => EndAsync("SIGTERM")),
            On(PosixSignal.SIGINT, () => EndAsync("SIGINT")),
            On(PosixSignal.SIGQUIT, () => EndAsync("SIGQUIT")),
            On(PosixSignal.SIGHUP, RestartAsync),
            On(User1, UpgradeAsync),
            On(User2, ReopenAsync),
        ];
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private Task EndAsync(string name)
    {
        _log.Warn($"received {name} indicating exit request");
        return _supervisor.ShutdownAsync();
    }

    private async Task RestartAsync()
    {
        if (_supervisor.State == DaemonState.Shutdown)
        {
            _log.Warn("ignored SIGHUP indicating restart request (shutdown in progress)");
            return;
        }
        _log.Warn("received SIGHUP indicating restart request");
        try
        {
            await _supervisor.RestartAsync();
        }
        catch (SupervisorFault fault)
        {
            _log.Error($"not restarted, and nothing is stopped: {fault.Message}");
        }
    }

    private async Task UpgradeAsync()
    {
        _log.Warn("received SIGUSR1 indicating upgrade request");
        if (await _supervisor.HandOverAsync(Upgrade.Replace) is { } error)
            _log.Error($"not upgraded, and everything goes on: {Errno.Message(error)}");
    }

    private Task ReopenAsync()
    {
        _log.Info("received SIGUSR2 indicating log reopen request");
        _log.Info("supervisord logreopen");
        return _supervisor.ReopenLogsAsync();
    }

    private static PosixSignalRegistration On(PosixSignal signal, Func<Task> react) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            _ = react();
        });
}
