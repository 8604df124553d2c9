namespace Rota.Jobs;

/// <summary>Turns what a caller asked for into a checked template; every error names the field.</summary>
internal static class JobOptionsCheck
{
    public const int ArgsBytesMax = 1 << 20;
    private const int DependenciesMax = 1_000, MetadataMax = 64, MetadataCharactersMax = 16_384;
    private const int TagsMax = 16, TagCharactersMax = 100, RepeatsMax = 1_000, NameCharactersMax = 200;
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(3_660);

    /// <param name="after">Places of jobs of the same insert that it depends on too.</param>
    public static JobTemplate ToTemplate(string kind, JobAttribute? job, JobOptions? options, DateTimeOffset now,
        IReadOnlyList<int>? after = null)
    {
        options ??= new JobOptions();
        var template = new JobTemplate
        {
            Kind = NameRule.Check("kind", kind),
            Queue = NameRule.Check("queue", options.Queue ?? job?.Queue ?? JobOptions.DefaultQueue),
            Project = NameRule.Check("project", options.Project ?? JobOptions.DefaultProject),
            Priority = Range("priority", options.Priority ?? job?.Priority ?? JobOptions.DefaultPriority, 0, 9),
            DueAt = DueAt(options, now),
            Key = options.Key is null ? null : NameRule.Check("key", options.Key),
            Unique = options.Unique is null ? null : CheckUnique(options.Unique),
            DependsOn = options.DependsOn ?? [],
            DependsOnNew = after ?? [],
            DependencyRule = options.DependencyRule,
            Tags = CheckTags(options.Tags ?? []),
            Settings = Settings(job, options).ToJson(),
        };
        CheckDependencies(template, options);
        if (options is { Repeat: not null, Key: not null })
            throw new InvalidFieldException("repeat", "A job with a key cannot repeat: the key names one job.",
                "Leave out key; unique keeps others out while one of them has not ended.");
        return template;
    }

    private static void CheckDependencies(JobTemplate template, JobOptions options)
    {
        var count = template.DependsOn.Count + template.DependsOnNew.Count;
        if (template.DependsOn.Count > DependenciesMax)
            throw new InvalidFieldException("depends_on", $"{template.DependsOn.Count} jobs are too many.",
                $"Depend on at most {DependenciesMax}.");
        if (count == 0 && options.ResultInto is not null)
            throw new InvalidFieldException("result_into", "There is no job whose result could be handed on.",
                "Name it in depends_on, or make this one a later step of a chain.");
    }

    private static JobSettings Settings(JobAttribute? job, JobOptions options)
    {
        var timeout = options.Timeout
            ?? (job is null ? JobOptions.DefaultTimeout : TimeSpan.FromSeconds(job.TimeoutSeconds));
        if (timeout < TimeSpan.FromMilliseconds(1) || timeout > TimeSpan.FromDays(7))
            throw new InvalidFieldException("timeout", $"timeout is {timeout}.", "Write 1 ms to 7 days, such as 10m.");
        if (options.Metadata is { } metadata && (metadata.Count > MetadataMax
            || metadata.Sum(entry => entry.Key.Length + (entry.Value?.Length ?? 0)) > MetadataCharactersMax))
        {
            throw new InvalidFieldException("metadata", "metadata is too large.",
                $"Keep at most {MetadataMax} entries of {MetadataCharactersMax} characters in all.");
        }
        return new JobSettings
        {
            MaxAttempts = Range("max_attempts",
                options.MaxAttempts ?? job?.MaxAttempts ?? JobOptions.DefaultMaxAttempts, 1, 1_000),
            Backoff = options.Backoff is null ? null : CheckBackoff(options.Backoff),
            Timeout = timeout,
            Metadata = options.Metadata is { Count: > 0 } ? options.Metadata : null,
            ResultInto = options.ResultInto is null ? null : CheckResultInto(options.ResultInto),
            Repeat = options.Repeat is null ? null : CheckRepeat(options.Repeat, options),
        };
    }

    private static string CheckResultInto(string name) =>
        name is { Length: >= 1 and <= NameCharactersMax } ? name
        : throw new InvalidFieldException("result_into", "result_into is empty or too long.",
            $"Write the name of an argument, 1 to {NameCharactersMax} characters.");

    private static RepeatsLeft CheckRepeat(Repeat repeat, JobOptions options)
    {
        if (repeat.Intervals is not { Count: >= 1 and <= RepeatsMax } intervals
            || intervals.Any(interval => interval < TimeSpan.Zero || interval > Ahead))
        {
            throw new InvalidFieldException("repeat.intervals", "repeat has no interval, or one out of range.",
                $"Write 1 to {RepeatsMax:N0} intervals of 0 s to ten years, such as 5m.");
        }
        return new RepeatsLeft
        {
            Times = Range("repeat.times", repeat.Times, 1, RepeatsMax),
            Intervals = intervals,
            Tags = options.Tags is { Count: > 0 } ? options.Tags : null,
            Unique = options.Unique,
        };
    }

    private static DateTimeOffset? DueAt(JobOptions options, DateTimeOffset now)
    {
        if (options is { RunAt: not null, Delay: not null })
            throw new InvalidFieldException("delay", "Both run_at and delay are given.", "Give one of them.");
        if (options.Delay is { } delay && (delay < TimeSpan.Zero || delay > Ahead))
            throw new InvalidFieldException("delay", $"delay is {delay}.",
                "Write 0 s to ten years, such as 90s or 1h30m.");
        if (options.RunAt is { } at && at > now + Ahead)
            throw new InvalidFieldException("run_at", $"run_at is {at:O}.", "Write an instant within ten years.");
        return options.RunAt ?? (options.Delay is { } wait && wait > TimeSpan.Zero ? now + wait : null);
    }

    private static Unique CheckUnique(Unique unique)
    {
        if (unique.Key is not { Length: >= 1 and <= 200 })
            throw new InvalidFieldException("unique.key", "unique.key is empty or too long.",
                "Write 1 to 200 characters.");
        var needsPeriod = unique.Scope == UniqueScope.ForPeriod;
        if (needsPeriod != unique.Period is not null)
            throw new InvalidFieldException("unique.period", needsPeriod
                ? "unique.period is missing." : "unique.period is given without its scope.",
                "Write a period with the scope for_period, and only there.");
        if (unique.Period is { } period && (period < TimeSpan.FromSeconds(1) || period > TimeSpan.FromDays(366)))
            throw new InvalidFieldException("unique.period", $"unique.period is {period}.", "Write 1 s to 366 days.");
        return unique;
    }

    private static Backoff CheckBackoff(Backoff backoff)
    {
        if (backoff.Delays is not { Count: >= 1 and <= 100 }
            || backoff.Delays.Append(backoff.Max).Any(delay => delay < TimeSpan.Zero || delay > TimeSpan.FromDays(30)))
        {
            throw new InvalidFieldException("backoff", "backoff has no delay, or one out of range.",
                "Write 1 to 100 delays of 0 s to 30 days.");
        }
        return backoff;
    }

    private static IReadOnlyList<string> CheckTags(IReadOnlyList<string> tags)
    {
        if (tags.Count > TagsMax || tags.Any(tag => tag is not { Length: >= 1 and <= TagCharactersMax }))
            throw new InvalidFieldException("tags", "There are too many tags, or one is empty or too long.",
                $"Write at most {TagsMax} tags of 1 to {TagCharactersMax} characters.");
        return tags;
    }

    public static ReadOnlyMemory<byte> CheckArgs(ReadOnlyMemory<byte> args) =>
        args.Length <= ArgsBytesMax ? args : throw new InvalidFieldException("args",
            $"The arguments are {args.Length:N0} bytes.",
            $"Send at most {ArgsBytesMax:N0}; put large data elsewhere and send where it is.");

    private static int Range(string field, int value, int min, int max) =>
        value >= min && value <= max ? value
        : throw new InvalidFieldException(field, $"{field} is {value}.", $"Write {min} to {max:N0}.");
}
