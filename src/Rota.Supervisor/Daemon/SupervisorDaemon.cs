using Rota.Supervisor.Config;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Processes.Trees;

namespace Rota.Supervisor.Daemon;

/// <summary>The daemon from its start to its end, with its restarts.</summary>
/// <remarks>The order is supervisord's: limits, user, log, groups, sockets, daemon, pid file, processes; and back.
/// Limits come before the user, who may not raise them.</remarks>
/// <param name="read">Reads the file again, as at the start.</param>
/// <param name="isDetached">Whether this is the second process of a daemon's start.</param>
internal sealed class SupervisorDaemon(Func<SupervisorConfig> read, bool isDetached, TimeProvider time)
{
    private const string RootWarning = "Supervisor is running as root.  Privileges were not dropped because no user is "
        + "specified in the config file.  If you intend to run as root, you can set user=root in the config file to "
        + "avoid this message.";

    /// <exception cref="StartException">It cannot start.</exception>
    /// <param name="former">What the former program left, after an upgrade.</param>
    public async Task<int> RunAsync(SupervisorConfig config, HandOver? former)
    {
        var tellUp = isDetached ? Detachment.TakeStreams() : () => { };
        var facts = new List<string>();
        DaemonLimits.Require(config.Daemon, facts);
        for (var isFirst = true; ; isFirst = false)
        {
            var (end, code, next) = await RunOnceAsync(config, facts, isFirst ? former : null, isFirst, tellUp);
            if (end != DaemonState.Restarting)
                return code;
            (config, facts) = (next, []);
        }
    }

    private async Task<(DaemonState End, int Code, SupervisorConfig Next)> RunOnceAsync(SupervisorConfig config,
        List<string> facts, HandOver? former, bool isFirst, Action tellUp)
    {
        var daemon = config.Daemon;
        BecomeUser(daemon, facts);
        using var output = OpenOutput(daemon);
        SayFirst(config, facts, output.Log);
        if (!daemon.NoCleanup && former is null)
            AutoLogs.Clean(daemon.ChildLogDir, daemon.Identifier, output.Log);
        // Before the groups are made: one of these may hold the address of a FastCGI socket.
        var leftovers = isFirst && former is null ? Leftovers.Find(daemon, output.Log) : null;
        if (isFirst && former is null)
            ControlHome.Sweep();

        using var supervisor = new Processes.Supervisor(config, Reread, output, time);
        AddGroups(supervisor, former);
        await using var servers = DaemonServers.Open(supervisor, output.Log, time);
        if (isDetached && isFirst)
            LeaveTerminal(daemon, output.Log);
        // Before it says that it has started: from then on it is signalled.
        using var signals = new DaemonSignals(supervisor, output.Log);
        using var pidFile = new PidFile(daemon.PidFile, output.Log);
        supervisor.Start(reapsOrphans: Environment.ProcessId == 1 || Children.IsSubreaper, former is not null,
            leftovers);
        if (isFirst)
            tellUp();
        return (await supervisor.Ended, supervisor.ExitCode, supervisor.Config);
    }

    private SupervisorConfig Reread()
    {
        try
        {
            return read();
        }
        catch (ConfigException error)
        {
            throw new SupervisorFault(FaultCode.CantReread, error.Message);
        }
    }

    private static void BecomeUser(DaemonConfig daemon, List<string> facts)
    {
        if (daemon.User is not { } user)
            return;
        if (Identity.Become(user.Name, user.UserId, user.GroupId) is { } problem)
            throw new StartException(problem);
        facts.Insert(0, $"Set uid to user {user.UserId} succeeded");
    }

    private OutputPump OpenOutput(DaemonConfig daemon)
    {
        var output = new OutputPump(time, loop => new(daemon.LogLevel, loop, time));
        try
        {
            output.Log.Open(daemon);
        }
        catch (SystemCallException error)
        {
            throw new StartException($"The log cannot be written: {error.Message}");
        }
        output.Loop.Start();
        return output;
    }

    private static void SayFirst(SupervisorConfig config, List<string> facts, MainLog log)
    {
        if (config.Daemon.User is null && Identity.UserId == 0)
            log.Critical(RootWarning);
        foreach (var warning in config.Warnings)
            log.Warn(warning);
        foreach (var fact in facts)
            log.Info(fact);
    }

    private static void AddGroups(Processes.Supervisor supervisor, HandOver? former)
    {
        try
        {
            if (former is null)
                supervisor.AddGroups();
            else
                supervisor.Adopt(former);
        }
        catch (SupervisorFault fault)
        {
            throw new StartException(fault.Message);
        }
    }

    private static void LeaveTerminal(DaemonConfig daemon, MainLog log)
    {
        log.Info("daemonizing the supervisord process");
        Identity.SetUmask(daemon.Umask);
        if (daemon.Directory is not { } directory)
            return;
        try
        {
            Directory.SetCurrentDirectory(directory);
            log.Info($"set current directory: {PythonText.Repr(directory)}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            log.Critical($"can't chdir into {PythonText.Repr(directory)}: {error.Message}");
        }
    }
}
