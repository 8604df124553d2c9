namespace Rota.Schedules;

/// <summary>A named rule that enqueues jobs over time, as it is stored.</summary>
public sealed record Schedule
{
    public required string Name { get; init; }

    /// <summary>The tenant of its jobs.</summary>
    public required string Project { get; init; }

    /// <summary>The JSON of <see cref="Trigger"/>, as it stands in the database.</summary>
    public required string TriggerText { get; init; }

    /// <summary>Null only when <see cref="Broken"/> says why.</summary>
    public Trigger? Trigger { get; init; }

    /// <summary>Why the stored trigger or options cannot be read; null when they can. Such a schedule enqueues
    /// nothing until it is put again.</summary>
    public string? Broken { get; init; }

    public required string Kind { get; init; }

    /// <summary>UTF-8 JSON, at most 1 MiB.</summary>
    public required ReadOnlyMemory<byte> Args { get; init; }

    /// <summary>Of its jobs; what is null there is taken from the kind when a job is enqueued.</summary>
    public JobOptions Options { get; init; } = new();

    /// <summary>Whether it has secrets of its own, which only its jobs can read.</summary>
    public bool HasSecrets { get; init; }

    public RunPolicy Policy { get; init; } = new();

    /// <summary>Where it is defined, such as <c>code:shop</c> or <c>file:schedules.yaml</c>: only there can its rule
    /// be changed. Null: anybody may.</summary>
    public string? Owner { get; init; }

    public bool IsPaused { get; init; }

    /// <summary>The due time of the next occurrence, in whole microseconds; null when it is paused or has no further
    /// one.</summary>
    public DateTimeOffset? NextDue { get; init; }

    /// <summary>The due time of the last occurrence, whatever became of it; null before the first.</summary>
    public DateTimeOffset? LastDue { get; init; }

    /// <summary>Grows with every change by a caller, not with occurrences.</summary>
    public long Version { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>What a caller puts: the whole rule.</summary>
public sealed record ScheduleDefinition
{
    /// <summary>Letters, digits, <c>. _ - :</c>, at most 200.</summary>
    public required string Name { get; init; }

    public required Trigger Trigger { get; init; }

    /// <summary>A kind or an alias of one; it need not have a handler yet.</summary>
    public required string Kind { get; init; }

    /// <summary>UTF-8 JSON, at most 1 MiB. Default: <c>{}</c>.</summary>
    public ReadOnlyMemory<byte> Args { get; init; } = "{}"u8.ToArray();

    /// <summary>Of its jobs; without <c>key</c>, <c>run_at</c> and <c>depends_on</c>, which fit one job only. Default:
    /// the kind's.</summary>
    public JobOptions? Options { get; init; }

    /// <summary>Clear values by name, at most 64. Null leaves what is stored, empty removes it. Default: null.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Secrets { get; init; }

    /// <summary>Default: one job for all that was missed, and as many at once as are due.</summary>
    public RunPolicy Policy { get; init; } = new();

    /// <summary>Null leaves it as it is; a new schedule is not paused. Default: null.</summary>
    public bool? IsPaused { get; init; }

    /// <summary>True: a schedule that is made by this is paused, and one that is there stays as it is. Default: false.
    /// </summary>
    public bool StartsPaused { get; init; }

    /// <summary>Where it is defined: letters, digits, <c>. _ - :</c>, at most 200. Default: nowhere, so that anybody
    /// may change it.</summary>
    public string? Owner { get; init; }

    /// <summary>What to do where there is a schedule of that name. Default: replace its rule.</summary>
    public NameConflict OnConflict { get; init; }

    /// <summary>The version that the caller has seen: where it is another one by now, nothing is changed. Default: any.
    /// </summary>
    public long? IfVersion { get; init; }

    /// <summary>True: takes the schedule from whoever owns it. Default: false.</summary>
    public bool TakesOver { get; init; }
}

/// <summary>What a put does where there is a schedule of that name.</summary>
public enum NameConflict
{
    /// <summary>Its rule is replaced.</summary>
    Replace = 0,

    /// <summary>The put is refused with <c>schedule.exists</c>.</summary>
    Fail = 1,

    /// <summary>It stays as it is.</summary>
    Keep = 2,
}

/// <summary>What became of an occurrence. The numbers are stored.</summary>
public enum OccurrenceOutcome
{
    /// <summary>It enqueued a job.</summary>
    Enqueued = 0,

    /// <summary>Another job held the unique key of the options, or as many jobs as may run had not ended, so none was
    /// enqueued.</summary>
    Skipped = 1,

    /// <summary>No node ran when it was due.</summary>
    Missed = 2,

    /// <summary>As missed; the job of a later occurrence stands for it.</summary>
    Coalesced = 3,

    /// <summary>It enqueued a job later on, by a back-fill.</summary>
    Backfilled = 4,
}

/// <summary>One due time of a schedule and what became of it.</summary>
/// <param name="JobId">The job enqueued, or the one that stood in its way; else null. It may be past its retention.
/// </param>
/// <param name="At">When this was decided.</param>
public sealed record Occurrence(DateTimeOffset DueAt, OccurrenceOutcome Outcome, JobId? JobId, DateTimeOffset At);
