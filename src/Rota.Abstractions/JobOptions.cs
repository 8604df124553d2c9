namespace Rota;

/// <summary>How one job is to be run. Every value left null is taken from its kind, then from the defaults
/// here.</summary>
public sealed record JobOptions
{
    public const string DefaultQueue = "default";
    public const string DefaultProject = "default";
    public const int DefaultPriority = 5;
    public const int DefaultMaxAttempts = 3;
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromHours(1);

    /// <summary>Name of the queue: letters, digits, <c>. _ - :</c>, at most 200. Default: <c>default</c>.</summary>
    public string? Queue { get; init; }

    /// <summary>0 to 9, lowest first. Default: 5.</summary>
    public int? Priority { get; init; }

    /// <summary>Not before this instant, also when it waits for other jobs; a past one means now. At most ten years
    /// ahead. Not with <see cref="Delay"/>.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>Not before the enqueue plus this, also when it waits for other jobs; 0 to ten years. Not with
    /// <see cref="RunAt"/>.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>The job's own name, unique for as long as the job is kept: letters, digits, <c>. _ - :</c>, at most
    /// 200. A second job with the same key is refused with <c>job.key_taken</c>.</summary>
    public string? Key { get; init; }

    /// <summary>While a job with this unique key is held, enqueuing gives that job back instead of making
    /// another.</summary>
    public Unique? Unique { get; init; }

    /// <summary>Attempts in all, 1 to 1,000. Default: 3.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>How long to wait between attempts. Default: exponential from 10 s, at most 1 h, with jitter.</summary>
    public Backoff? Backoff { get; init; }

    /// <summary>Longest run of one attempt, 1 ms to 7 days. Default: 1 h.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Jobs that must end first, at most 1,000. Default: none.</summary>
    public IReadOnlyList<JobId>? DependsOn { get; init; }

    /// <summary>What the jobs of <see cref="DependsOn"/> must have come to. Default: all succeeded.</summary>
    public DependencyRule DependencyRule { get; init; }

    /// <summary>Name of the argument that gets, when an attempt starts, the output of the job of
    /// <see cref="DependsOn"/>: null if it had none, and of several jobs an array in the order of their ids. At most 16
    /// MiB in all. Default: none.</summary>
    public string? ResultInto { get; init; }

    /// <summary>Runs the job again after it succeeded, each time as a new job; not with <see cref="Key"/>. Default:
    /// once.</summary>
    public Repeat? Repeat { get; init; }

    /// <summary>Text by name, kept with the job and shown; at most 64 entries and 16 KiB.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>Labels to find jobs by; at most 16 of at most 100 characters.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>The tenant. Default: <c>default</c>.</summary>
    public string? Project { get; init; }
}

/// <summary>What the jobs that another one depends on must have come to.</summary>
public enum DependencyRule
{
    /// <summary>All succeeded. When one fails or is canceled, the waiting job is canceled.</summary>
    AllSucceeded = 0,

    /// <summary>All ended, however.</summary>
    AllEnded = 1,
}

/// <summary>How often a job runs again after it succeeded, and when. One that fails or is canceled runs no more.
/// </summary>
/// <param name="Times">Beside the first time: 1 to 1,000.</param>
/// <param name="Intervals">From the end of one to the start of the next: 1 to 1,000, each 0 s to ten years. The last
/// one is used again.</param>
public sealed record Repeat(int Times, params IReadOnlyList<TimeSpan> Intervals);

/// <summary>How long a unique key is held by the job that took it.</summary>
public enum UniqueScope
{
    /// <summary>Until the job starts to run.</summary>
    WhileWaiting = 0,

    /// <summary>Until the job has ended.</summary>
    UntilEnded = 1,

    /// <summary>For <see cref="Unique.Period"/> from the enqueuing on, whatever becomes of the job.</summary>
    ForPeriod = 2,
}

/// <summary>A name that at most one job may hold at a time.</summary>
/// <param name="Key">1 to 200 characters.</param>
/// <param name="Scope">How long it is held. Default: until the job has ended.</param>
/// <param name="Period">For <see cref="UniqueScope.ForPeriod"/> only: 1 s to 366 days.</param>
public sealed record Unique(string Key, UniqueScope Scope = UniqueScope.UntilEnded, TimeSpan? Period = null);

/// <summary>What enqueuing came to.</summary>
/// <param name="Id">The new job, or the job that holds the unique key.</param>
/// <param name="IsNew">False when another job already held the unique key.</param>
public readonly record struct Enqueued(JobId Id, bool IsNew);
