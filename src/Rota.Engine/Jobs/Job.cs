namespace Rota.Jobs;

/// <summary>What is asked for, the same for all jobs of one enqueue call. All values are checked and filled
/// in.</summary>
public sealed record JobTemplate
{
    public required string Kind { get; init; }

    public string Queue { get; init; } = JobOptions.DefaultQueue;

    public string Project { get; init; } = JobOptions.DefaultProject;

    public int Priority { get; init; } = JobOptions.DefaultPriority;

    /// <summary>Null: ready at once.</summary>
    public DateTimeOffset? DueAt { get; init; }

    public string? Key { get; init; }

    public Unique? Unique { get; init; }

    public IReadOnlyList<JobId> DependsOn { get; init; } = [];

    /// <summary>Places, from 0 on, of jobs of the same insert that stand before this one: it depends on them too.
    /// </summary>
    public IReadOnlyList<int> DependsOnNew { get; init; } = [];

    public DependencyRule DependencyRule { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What only the worker reads, as JSON; null when all is default.</summary>
    public ReadOnlyMemory<byte>? Settings { get; init; }

    public string? Schedule { get; init; }

    public JobId? RetryOf { get; init; }
}

/// <summary>One job to insert.</summary>
/// <param name="Args">UTF-8 JSON, at most 1 MiB.</param>
public readonly record struct NewJob(JobTemplate Template, ReadOnlyMemory<byte> Args);

/// <summary>A job as it was asked for and as it stands now.</summary>
public sealed record Job
{
    public required JobId Id { get; init; }
    public required string Kind { get; init; }
    public required string Queue { get; init; }
    public required string Project { get; init; }
    public required int Priority { get; init; }
    public required JobState State { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public string? Key { get; init; }
    public string? Schedule { get; init; }
    public JobId? RetryOf { get; init; }

    /// <summary>UTF-8 JSON.</summary>
    public ReadOnlyMemory<byte> Args { get; init; }

    /// <summary>See <see cref="JobSettings"/>.</summary>
    public ReadOnlyMemory<byte>? Settings { get; init; }

    /// <summary>Attempts counted so far, the running one included.</summary>
    public int Attempt { get; init; }

    /// <summary>Processes that died while they ran this job, one after the other.</summary>
    public int Crashes { get; init; }

    /// <summary>When a scheduled or retrying job is due.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Of a blocked job: the jobs it still waits for.</summary>
    public int Blockers { get; init; }

    public string? Node { get; init; }
    public long? Token { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public FailReason Reason { get; init; }

    /// <summary>Of a running job: its cancel was asked for.</summary>
    public bool IsCancelRequested { get; init; }

    /// <summary>What a running job says; of a blocked one, how many of the jobs that it waits for have ended.</summary>
    public Progress? Progress { get; init; }

    /// <summary>UTF-8 JSON of what the handler returned, or null.</summary>
    public ReadOnlyMemory<byte>? Output { get; init; }

    /// <summary>The message of the last failed attempt, or why the job was canceled.</summary>
    public string? Error { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public IReadOnlyList<JobId> DependsOn { get; init; } = [];
}

/// <summary>How far a running attempt says it is.</summary>
public sealed record Progress(double Done, double? Total, string? Text);

/// <summary>How an attempt ended. The numbers are stored.</summary>
public enum AttemptOutcome
{
    Succeeded = 0,
    Failed = 1,
    TimedOut = 2,
    Canceled = 3,
    Snoozed = 4,
    Lost = 5,
    Released = 6,
}

/// <summary>One attempt that failed or logged; a job that succeeded silently at once has none.</summary>
public sealed record Attempt
{
    public required JobId JobId { get; init; }
    public required long Token { get; init; }
    public required int Number { get; init; }
    public required string Node { get; init; }
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Null while it runs.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public AttemptOutcome? Outcome { get; init; }
    public AttemptError? Error { get; init; }
}

/// <summary>Why an attempt failed.</summary>
/// <param name="Type">Full name of the exception, or a word such as <c>timeout</c>.</param>
/// <param name="Message">Secrets masked, at most 8 KiB.</param>
/// <param name="Stack">Secrets masked, at most 32 KiB; null when there is none.</param>
public sealed record AttemptError(string Type, string Message, string? Stack);
