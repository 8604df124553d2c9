namespace Rota.Supervisor.Processes;

/// <summary>What a process is and remembers beside its child: plain values, which also outlive an upgrade of the
/// daemon.</summary>
internal sealed class ProcessMemory
{
    public ProcessState State { get; set; } = ProcessState.Stopped;

    public int? ExitStatus { get; set; }

    public string? SpawnError { get; set; }

    public DateTimeOffset? Start { get; set; }

    public DateTimeOffset? End { get; set; }

    public int Spawns { get; set; }

    /// <summary>By the monotonic clock, like <see cref="DueAt"/>.</summary>
    public long SpawnedAt { get; set; }

    /// <summary>When the timer of its state comes.</summary>
    public long? DueAt { get; set; }

    /// <summary>Failed starts in a row.</summary>
    public int Failures { get; set; }

    public bool IsStopAsked { get; set; }
}
