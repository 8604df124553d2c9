using Rota.Supervisor.Processes;
using Rota.Supervisor.Rpc;

namespace Rota.Supervisor.Client;

/// <summary>A supervisor and its processes at one moment.</summary>
/// <param name="Version">Of supervisor, such as <c>4.2.5</c>; ours tells the one that it is compatible with.</param>
/// <param name="Identifier">The daemon's own name for itself.</param>
/// <param name="State">Such as <c>RUNNING</c>.</param>
/// <param name="Processes">By group and name.</param>
public sealed record SupervisorInfo(string Version, string Identifier, string State,
    IReadOnlyList<ProcessInfo> Processes);

/// <summary>One process as its supervisor tells it.</summary>
public sealed record ProcessInfo
{
    public required ProcessName Name { get; init; }

    public required ProcessState State { get; init; }

    /// <summary>Null when there is none.</summary>
    public required int? Pid { get; init; }

    /// <summary>The last spawn, to the second; null when never spawned.</summary>
    public required DateTimeOffset? StartedAt { get; init; }

    /// <summary>The last exit, to the second; null when it never exited.</summary>
    public required DateTimeOffset? StoppedAt { get; init; }

    /// <summary>0 to 255, -1 after a signal; null while it runs, when it never ran, and after a too quick exit, whose
    /// status is not kept.</summary>
    public required int? ExitStatus { get; init; }

    /// <summary>Why the last spawn failed; empty when it went well.</summary>
    public required string Error { get; init; }

    /// <summary>What <c>supervisorctl status</c> prints behind the state.</summary>
    public required string Description { get; init; }

    /// <summary>A limit that the system does not hold, in words such as <c>limit_cpu is not enforced</c>; null when it
    /// holds all.</summary>
    public string? Unenforced => UnenforcedOf(Description);

    /// <summary>A path on the supervisor's machine; empty where there is no log.</summary>
    public required string StdoutLog { get; init; }

    public required string StderrLog { get; init; }

    /// <summary>How often it was spawned since the daemon's start; null where the supervisor does not tell.</summary>
    public int? Spawns { get; init; }

    /// <summary><see cref="Unenforced"/> of a description: what stands behind its last comma.</summary>
    public static string? UnenforcedOf(string description) =>
        description.EndsWith(InfoMethods.NotEnforced, StringComparison.Ordinal)
            ? description[(description.LastIndexOf(", ", StringComparison.Ordinal) + 2)..]
            : null;

    public string LogOf(Logs.OutputChannel channel) =>
        channel == Logs.OutputChannel.Stderr ? StderrLog : StdoutLog;

    internal static ProcessInfo Of(OrderedDictionary<string, object?> info)
    {
        var state = (ProcessState)ServerProxy.Number(info, "state");
        var stopped = Instant(info, "stop");
        return new()
        {
            Name = NameOf(info),
            State = Enum.IsDefined(state) ? state : ProcessState.Unknown,
            Pid = ServerProxy.Number(info, "pid") is > 0 and var pid ? (int)pid : null,
            StartedAt = Instant(info, "start"),
            StoppedAt = stopped,
            ExitStatus = state is ProcessState.Exited or ProcessState.Stopped && stopped is not null
                ? (int)ServerProxy.Number(info, "exitstatus") : null,
            Error = ServerProxy.Text(info, "spawnerr"),
            Description = ServerProxy.Text(info, "description"),
            StdoutLog = ServerProxy.Text(info, "stdout_logfile"),
            StderrLog = ServerProxy.Text(info, "stderr_logfile"),
        };
    }

    internal static ProcessName NameOf(OrderedDictionary<string, object?> info) =>
        new(ServerProxy.Text(info, "group"), ServerProxy.Text(info, "name"));

    private static DateTimeOffset? Instant(OrderedDictionary<string, object?> info, string field) =>
        ServerProxy.Number(info, field) is > 0 and <= int.MaxValue and var seconds
            ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
}

/// <summary>How one process is configured, by the newest reading of the file.</summary>
/// <param name="IsActive">Its group is one of those that the daemon runs; else it waits for an update.</param>
/// <param name="Options">By the names of the file, in the daemon's order: text, long, bool, or a list of these. The
/// environment is not among them.</param>
public sealed record ProcessSettings(ProcessName Name, bool IsActive,
    IReadOnlyList<(string Name, object? Value)> Options)
{
    private static readonly string[] Known = ["name", "group", "inuse"];

    internal static ProcessSettings Of(OrderedDictionary<string, object?> config) => new(ProcessInfo.NameOf(config),
        config.GetValueOrDefault("inuse") is true,
        [.. config.Where(one => !Known.Contains(one.Key)).Select(one => (one.Key, one.Value))]);
}

/// <summary>How one process of a group fared.</summary>
/// <param name="Error">Null when it did as it was told; else supervisor's word for why it did not.</param>
public sealed record ProcessOutcome(ProcessName Name, string? Error);
