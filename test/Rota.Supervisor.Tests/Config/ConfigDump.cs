using System.Text.Json.Nodes;
using Rota.Supervisor.Config;

namespace Rota.Supervisor.Tests.Config;

/// <summary>A config in the shape that dump.py prints.</summary>
internal static class ConfigDump
{
    private static readonly string[] Levels = ["CRIT", "ERRO", "WARN", "INFO", "DEBG", "TRAC", "BLAT"];

    public static JsonObject Of(SupervisorConfig config) => new()
    {
        ["daemon"] = Daemon(config.Daemon),
        ["servers"] = Array(config.Servers, Server),
        ["groups"] = Array(config.Groups, group => Group(group, config.Daemon)),
    };

    private static JsonObject Daemon(DaemonConfig daemon) => new()
    {
        ["logfile"] = daemon.LogFile,
        ["logfile_maxbytes"] = daemon.LogFileMaxBytes,
        ["logfile_backups"] = daemon.LogFileBackups,
        ["loglevel"] = Levels[(int)daemon.LogLevel],
        ["pidfile"] = daemon.PidFile,
        ["umask"] = daemon.Umask,
        ["nodaemon"] = daemon.NoDaemon,
        ["silent"] = daemon.Silent,
        ["minfds"] = daemon.MinFds,
        ["minprocs"] = daemon.MinProcs,
        ["nocleanup"] = daemon.NoCleanup,
        ["childlogdir"] = daemon.ChildLogDir,
        ["uid"] = daemon.User?.UserId,
        ["directory"] = daemon.Directory,
        ["strip_ansi"] = daemon.StripAnsi,
        ["identifier"] = daemon.Identifier,
        ["environment"] = Environment(daemon.Environment),
    };

    private static JsonArray Server(ServerConfig server) => server.SocketPath is null
        ? [null, server.Host, server.Port, server.Username, server.Password, null, null]
        : [server.SocketPath, null, null, server.Username, server.Password, server.SocketMode,
            Owner(server.SocketOwner)];

    private static JsonObject Group(GroupConfig group, DaemonConfig daemon)
    {
        var result = new JsonObject
        {
            ["name"] = group.Name,
            ["priority"] = group.Priority,
            ["kind"] = group.Kind switch
            {
                GroupKind.Programs => "ProcessGroupConfig",
                GroupKind.FastCgi => "FastCGIGroupConfig",
                _ => "EventListenerPoolConfig",
            },
            ["processes"] = Array(group.Processes, process => Process(process, daemon)),
        };
        if (group.Kind == GroupKind.EventListeners)
        {
            result["events"] = Array(group.Events.Order(StringComparer.Ordinal), name => name);
            result["buffer"] = group.EventBufferSize;
        }
        if (group.Socket is { } socket)
        {
            var owner = socket.Owner is null ? null : Owner(socket.Owner);
            result["socket"] = new JsonArray(socket.Url, socket.Backlog, owner, socket.Mode);
        }
        return result;
    }

    private static JsonObject Process(ProcessConfig process, DaemonConfig daemon) => new()
    {
        ["name"] = process.Name,
        ["command"] = process.Command,
        ["words"] = process.Arguments is null ? null : Array(process.Arguments, word => word),
        ["priority"] = process.Priority,
        ["autostart"] = process.AutoStart,
        ["startsecs"] = process.StartSeconds,
        ["startretries"] = process.StartRetries,
        ["autorestart"] = process.AutoRestart.ToString(),
        ["exitcodes"] = Array(process.ExitCodes, code => code),
        ["stopsignal"] = process.StopSignal,
        ["stopwaitsecs"] = process.StopWaitSeconds,
        ["stopasgroup"] = process.StopAsGroup,
        ["killasgroup"] = process.KillAsGroup,
        ["uid"] = process.User?.UserId,
        ["directory"] = process.Directory,
        ["umask"] = process.Umask,
        ["serverurl"] = process.ServerUrl,
        ["redirect_stderr"] = process.RedirectStderr,
        ["environment"] = Environment([.. daemon.Environment, .. process.Environment]),
        ["stdout"] = Output(process.Stdout),
        ["stderr"] = Output(process.Stderr),
    };

    private static JsonArray Output(OutputConfig output) =>
    [
        output.Target switch { OutputTarget.Auto => "auto", OutputTarget.File => output.Path, _ => null },
        output.MaxBytes, output.Backups, output.CaptureMaxBytes, output.EventsEnabled, output.Syslog,
    ];

    private static JsonObject Environment(IEnumerable<EnvironmentVariable> variables)
    {
        var result = new JsonObject();
        foreach (var variable in variables)
            result[variable.Name] = variable.Value;
        return result;
    }

    private static JsonArray Owner(UserIds? owner) => owner is null ? [-1, -1] : [owner.UserId, owner.GroupId];

    private static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> node) =>
        new(items.Select(node).ToArray());
}
