using Rota.Supervisor.Events;

namespace Rota.Supervisor.Processes;

/// <summary>One process as it was at <see cref="Now"/>. Instants are for display; nothing is decided by them.</summary>
internal sealed record ProcessFacts
{
    public required string Group { get; init; }

    public required string Name { get; init; }

    public required ProcessState State { get; init; }

    /// <summary>The last spawn; null when never spawned.</summary>
    public required DateTimeOffset? Start { get; init; }

    /// <summary>The last exit; null when it never exited.</summary>
    public required DateTimeOffset? Stop { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>Empty when the last spawn went well.</summary>
    public required string SpawnError { get; init; }

    /// <summary>0 to 255, −1 after a signal; 0 while it runs and after a too quick exit.</summary>
    public required int ExitStatus { get; init; }

    /// <summary>0 when there is none.</summary>
    public required int Pid { get; init; }

    /// <summary>Absolute path, also of an AUTO log; empty when there is none.</summary>
    public required string StdoutLog { get; init; }

    public required string StderrLog { get; init; }

    /// <summary>What it waits for, in words; null when supervisord would have none.</summary>
    public required string? Waiting { get; init; }

    /// <summary>The option that should limit its run and cannot; null when all do.</summary>
    public string? Unenforced { get; init; }

    /// <summary>Spawns since the daemon started.</summary>
    public required int Spawns { get; init; }

    /// <summary>Of a process of an `[eventlistener]` that runs, else null.</summary>
    public ListenerState? Listener { get; init; }

    public static ProcessFacts Of(SupervisedProcess process, DateTimeOffset now) => new()
    {
        Group = process.Group,
        Name = process.Config.Name,
        State = process.State,
        Start = NotAfter(now, process.Memory.Start),
        Stop = NotAfter(now, process.Memory.End),
        Now = now,
        SpawnError = process.Memory.SpawnError ?? "",
        ExitStatus = process.Memory.ExitStatus ?? 0,
        Pid = process.Pid,
        StdoutLog = process.Outputs.StdoutPath,
        StderrLog = process.Outputs.StderrPath,
        Waiting = process.Waiting,
        Unenforced = process.Run?.Unenforced,
        Spawns = process.Memory.Spawns,
        Listener = process.Listener?.State,
    };

    /// <summary>When the clock was set back, what happened before lies in the future: it is shown as now.</summary>
    private static DateTimeOffset? NotAfter(DateTimeOffset now, DateTimeOffset? instant) =>
        instant > now ? now : instant;
}

/// <summary>How one process of many fared: what the calls for groups and for all return.</summary>
/// <param name="Description">`OK`, or the fault's text.</param>
internal sealed record ProcessResult(string Name, string Group, FaultCode Status, string Description);

/// <summary>Names of groups: what a newly read file would change. Each list is in the order of priority.</summary>
public sealed record ConfigDiff(IReadOnlyList<string> Added, IReadOnlyList<string> Changed,
    IReadOnlyList<string> Removed);
