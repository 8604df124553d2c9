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

    /// <summary>This run has shown the sign of `ready_when`; always where that is not asked for.</summary>
    public bool IsReady { get; set; } = true;

    /// <summary>Its start waits for what it depends on.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>The stop under way is the first half of a restart.</summary>
    public bool IsRestartAsked { get; set; }

    /// <summary>A rolling update stops it, to put another in its place and start that; or it was left by an earlier
    /// daemon, and is stopped to be started afresh. Where it does not come to that, for an upgrade of the daemon, it
    /// starts again as it was.</summary>
    public bool IsReplaceAsked { get; set; }

    /// <summary>Its time has come, and it waits for its turn in the group to be restarted: why; null: it does not.
    /// </summary>
    public string? TurnReason { get; set; }

    /// <summary>Restarts in a row, by which the waits grow.</summary>
    public int Restarts { get; set; }

    /// <summary>When the last restarts were, as many as `restart_limit` looks at; by the monotonic clock.</summary>
    public List<long> RestartedAt { get; set; } = [];

    /// <summary>A run begins: what was of the last one is forgotten.</summary>
    public void Begin(bool isReady, TimeProvider time)
    {
        (SpawnError, ExitStatus, IsStopAsked, TurnReason, IsReplaceAsked) = (null, null, false, null, false);
        (IsReady, Start, SpawnedAt) = (isReady, time.GetUtcNow(), time.GetTimestamp());
        Spawns++;
    }
}
