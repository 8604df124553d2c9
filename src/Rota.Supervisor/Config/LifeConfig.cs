namespace Rota.Supervisor.Config;

/// <summary>How a process is started, watched, restarted and ended beyond what supervisord knows. Without these options
/// everything is as supervisord does it.</summary>
internal sealed record LifeConfig
{
    public static readonly LifeConfig None = new();

    /// <summary>Whom the start waits for: each a process, `db:db`, or all of a group, `db:*`. Default: none.</summary>
    public ValueList<string> DependsOn { get; init; } = [];

    /// <summary>What has to be seen until it is RUNNING; null: `startsecs` alone.</summary>
    public Check? ReadyWhen { get; init; }

    /// <summary>From the spawn on; seconds, 1 or more.</summary>
    public int ReadyTimeoutSeconds { get; init; } = 60;

    /// <summary>Null: nobody asks how it is while it runs.</summary>
    public HealthConfig? Health { get; init; }

    public RestartConfig Restart { get; init; } = RestartConfig.None;

    /// <summary>So long after its spawn it is restarted; seconds, 1 or more; null: never.</summary>
    public int? RestartEverySeconds { get; init; }

    /// <summary>When a clock shows one of these, it is restarted.</summary>
    public ValueList<RestartTime> RestartTimes { get; init; } = [];

    /// <summary>These two wait for their turn in the group: one process after the other, each when the one before is
    /// RUNNING again.</summary>
    public bool RestartRolling { get; init; }

    /// <summary>What else is done when it is given up; null: nothing.</summary>
    public FatalAction? OnFatal { get; init; }

    public LimitConfig Limits { get; init; } = LimitConfig.None;

    /// <summary>Its descendants are stopped with it.</summary>
    public bool StopTree { get; init; }
}

/// <summary>What a running process is asked.</summary>
/// <param name="IntervalSeconds">From an answer to the next question, 1 or more.</param>
/// <param name="TimeoutSeconds">Without an answer it failed, 1 or more.</param>
/// <param name="Failures">In a row until it is restarted, 1 or more.</param>
internal sealed record HealthConfig(Check Check, int IntervalSeconds, int TimeoutSeconds, int Failures);

/// <summary>The pace of restarts.</summary>
/// <param name="DelaySeconds">Before the first restart, and before the second try of a start; 0 is supervisord's pace.
/// </param>
/// <param name="Backoff">By which each wait is longer than the one before; 1 to 100.</param>
/// <param name="DelayMaxSeconds">No wait is longer; a run that was longer ends the row.</param>
/// <param name="LimitCount">So many restarts are allowed; 0: without limit.</param>
/// <param name="LimitSeconds">Within so many seconds.</param>
internal sealed record RestartConfig(int DelaySeconds, double Backoff, int DelayMaxSeconds, int LimitCount,
    int LimitSeconds)
{
    public static readonly RestartConfig None = new(0, 1, 300, 0, 0);
}

internal enum FatalKind { Exit, Run, Notify }

/// <summary>What is done when a process enters FATAL.</summary>
/// <param name="Target">A command, or the address to post to.</param>
internal sealed record FatalAction(FatalKind Kind, string Target);

/// <summary>What a process may use; null: what the daemon may.</summary>
/// <param name="OpenFiles">Of each of its processes.</param>
/// <param name="Processes">Of its user, as the system counts.</param>
/// <param name="MemoryBytes">Of all its processes together; above it is restarted.</param>
/// <param name="CpuCores">Of all its processes together: seconds of processors a second, 0.01 to 1,024.</param>
internal sealed record LimitConfig(int? OpenFiles, int? Processes, long? MemoryBytes, double? CpuCores = null)
{
    public static readonly LimitConfig None = new(null, null, null);
}
