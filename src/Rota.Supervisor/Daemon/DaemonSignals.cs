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
    private readonly Processes.Supervisor _supervisor;
    private readonly MainLog _log;
    private readonly PosixSignalRegistration[] _registrations;
    private volatile HeldSignals? _held;

    public DaemonSignals(Processes.Supervisor supervisor, MainLog log)
    {
        (_supervisor, _log) = (supervisor, log);
        _registrations =
        [
            On(Signals.Terminate, () => EndAsync("SIGTERM")),
            On(Signals.Interrupt, () => EndAsync("SIGINT")),
            On(Signals.Quit, () => EndAsync("SIGQUIT")),
            On(Signals.Hangup, RestartAsync),
            On(Signals.User1, UpgradeAsync),
            On(Signals.User2, ReopenAsync),
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
        var held = _held = new HeldSignals();
        try
        {
            if (await _supervisor.HandOverAsync(all => held.Over(() => Upgrade.Replace(all))) is { } error)
                _log.Error($"not upgraded, and everything goes on: {Errno.Message(error)}");
        }
        finally
        {
            held.GiveBack();
        }
    }

    private Task ReopenAsync()
    {
        _log.Info("received SIGUSR2 indicating log reopen request");
        _log.Info("supervisord logreopen");
        return _supervisor.ReopenLogsAsync();
    }

    private PosixSignalRegistration On(int signal, Func<Task> react) =>
        PosixSignalRegistration.Create((PosixSignal)signal, context =>
        {
            context.Cancel = true;
            if (_held?.TryKeep(signal) is not true)
                _ = react();
        });
}
