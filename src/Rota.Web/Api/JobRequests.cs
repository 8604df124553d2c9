using System.Globalization;
using System.Text.Json;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Web.Api;

internal sealed record EnqueueRequest(string Kind, JsonElement? Args = null, JobOptionsRequest? Options = null)
{
    private static readonly JsonElement NoArgs = JsonSerializer.SerializeToElement(new { });

    public JsonElement ArgsOrNone => Args ?? NoArgs;
}

internal sealed record EnqueueManyRequest(
    string Kind, IReadOnlyList<JsonElement> Args, JobOptionsRequest? Options = null)
{
    private const int JobsMax = 10_000;

    public IReadOnlyList<JsonElement> CheckedArgs => Args.Count <= JobsMax
        ? Args
        : throw new InvalidFieldException("args", $"{Args.Count:N0} jobs are too many for one call.",
            $"Send at most {JobsMax:N0} at a time.");
}

/// <summary><see cref="JobOptions"/> as callers write them: durations and instants are text.</summary>
internal sealed record JobOptionsRequest
{
    public string? Queue { get; init; }
    public int? Priority { get; init; }
    public string? RunAt { get; init; }
    public string? Delay { get; init; }
    public string? Key { get; init; }
    public UniqueRequest? Unique { get; init; }
    public int? MaxAttempts { get; init; }
    public BackoffRequest? Backoff { get; init; }
    public string? Timeout { get; init; }
    public IReadOnlyList<long>? DependsOn { get; init; }
    public DependencyRule? DependencyRule { get; init; }
    public string? ResultInto { get; init; }
    public RepeatRequest? Repeat { get; init; }
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
    public IReadOnlyList<string>? Tags { get; init; }
    public string? Project { get; init; }

    public JobOptions ToOptions() => new()
    {
        Queue = Queue,
        Priority = Priority,
        RunAt = Words.ParseInstant("run_at", RunAt),
        Delay = Words.ParseDuration("delay", Delay),
        Key = Key,
        Unique = Unique?.ToUnique(),
        MaxAttempts = MaxAttempts,
        Backoff = Backoff?.ToBackoff(),
        Timeout = Words.ParseDuration("timeout", Timeout),
        DependsOn = DependsOn is null ? null : [.. DependsOn.Select(id => new JobId(id))],
        DependencyRule = DependencyRule ?? Rota.DependencyRule.AllSucceeded,
        ResultInto = ResultInto,
        Repeat = Repeat?.ToRepeat(),
        Metadata = Metadata,
        Tags = Tags,
        Project = Project,
    };

    /// <summary>The same text that a caller would write for these.</summary>
    public static JobOptionsRequest From(JobOptions options) => new()
    {
        Queue = options.Queue,
        Priority = options.Priority,
        RunAt = options.RunAt?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        Delay = Text(options.Delay),
        Key = options.Key,
        Unique = options.Unique is { } unique ? new(unique.Key, unique.Scope, Text(unique.Period)) : null,
        MaxAttempts = options.MaxAttempts,
        Backoff = options.Backoff is { } backoff ? BackoffRequest.From(backoff) : null,
        Timeout = Text(options.Timeout),
        DependsOn = options.DependsOn is { } jobs ? [.. jobs.Select(id => id.Value)] : null,
        DependencyRule = options.DependencyRule == Rota.DependencyRule.AllSucceeded ? null : options.DependencyRule,
        ResultInto = options.ResultInto,
        Repeat = options.Repeat is { } repeat ? RepeatRequest.From(repeat) : null,
        Metadata = options.Metadata,
        Tags = options.Tags,
        Project = options.Project,
    };

    private static string? Text(TimeSpan? duration) => duration is { } value ? Durations.Format(value) : null;
}

internal sealed record UniqueRequest(string Key, UniqueScope Scope = UniqueScope.UntilEnded, string? Period = null)
{
    public Unique ToUnique() => new(Key, Scope, Words.ParseDuration("unique.period", Period));
}

internal sealed record BackoffRequest(
    BackoffKind Kind, IReadOnlyList<string> Delays, string? Max = null, bool? Jitter = null)
{
    private static readonly TimeSpan ExponentialMax = TimeSpan.FromHours(1), OtherMax = TimeSpan.FromDays(30);

    /// <summary>What is left out is as the rules of <see cref="Backoff"/> have it: only an exponential one has jitter
    /// and a maximum of an hour.</summary>
    public Backoff ToBackoff() => new(Kind,
        [.. Delays.Select(delay => Words.ParseDuration("backoff.delays", delay) ?? TimeSpan.Zero)],
        Words.ParseDuration("backoff.max", Max) ?? (Kind == BackoffKind.Exponential ? ExponentialMax : OtherMax),
        Jitter ?? Kind == BackoffKind.Exponential);

    public static BackoffRequest From(Backoff backoff) => new(backoff.Kind,
        [.. backoff.Delays.Select(Durations.Format)], Durations.Format(backoff.Max), backoff.Jitter);
}

internal sealed record RepeatRequest(int Times, IReadOnlyList<string> Intervals)
{
    public Repeat ToRepeat() => new(Times,
        [.. Intervals.Select(interval => Words.ParseDuration("repeat.intervals", interval) ?? TimeSpan.Zero)]);

    public static RepeatRequest From(Repeat repeat) =>
        new(repeat.Times, [.. repeat.Intervals.Select(Durations.Format)]);
}

internal sealed record CancelRequest(string? Reason = null);

internal enum BulkAction { Cancel, Retry }

/// <param name="DryRun">Only counts; the default, so that nothing happens to jobs by mistake.</param>
internal sealed record BulkRequest(
    BulkAction Action, JobFilterRequest Filter, bool DryRun = true, string? Reason = null);

/// <summary>Which jobs are meant: in the address of a list, or in the body of a bulk call.</summary>
internal record JobFilterRequest
{
    public string? State { get; init; }
    public string? Kind { get; init; }
    public string? Queue { get; init; }
    public string? Tag { get; init; }
    public string? Schedule { get; init; }
    public string? Reason { get; init; }
    public string? Project { get; init; }
    public string? Q { get; init; }

    public JobFilter ToFilter() => new()
    {
        State = Words.ParseEnum<JobState>("state", State),
        Kind = Kind,
        Queue = Queue,
        Tag = Tag,
        Schedule = Schedule,
        Reason = Words.ParseEnum<FailReason>("reason", Reason),
        Project = Project,
        Search = string.IsNullOrEmpty(Q) ? null : Q,
    };
}

/// <summary>Where a page of the audit or of jobs begins, and how long it is.</summary>
internal static class Paging
{
    public const int DefaultLimit = 50;

    public static Page<TView> ToPage<T, TView>(
        this IReadOnlyList<T> items, int limit, Func<T, TView> view, Func<T, long> id) => new(
        [.. items.Select(view)],
        items.Count == limit ? id(items[^1]).ToString(CultureInfo.InvariantCulture) : null);
}
