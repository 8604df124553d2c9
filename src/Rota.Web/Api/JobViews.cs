using System.Globalization;
using System.Text.Json.Serialization;
using Rota.Jobs;
using Rota.Secrets;
using Rota.Storage;
using Rota.Web.Auth;

namespace Rota.Web.Api;

internal sealed record JobView
{
    public required long Id { get; init; }
    public required string Kind { get; init; }
    public required string Queue { get; init; }
    public required string Project { get; init; }
    public required int Priority { get; init; }
    public required JobState State { get; init; }
    public required int Attempt { get; init; }
    public required int MaxAttempts { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public string? Key { get; init; }
    public string? Schedule { get; init; }
    public long? RetryOf { get; init; }
    public IReadOnlyList<string>? Tags { get; init; }
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
    public DateTimeOffset? DueAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public string? Node { get; init; }
    public FailReason? Reason { get; init; }
    public string? Error { get; init; }
    public string? Why { get; init; }
    public ProgressView? Progress { get; init; }
    public IReadOnlyList<long>? DependsOn { get; init; }
    public string? ResultInto { get; init; }
    public int? RepeatsLeft { get; init; }
    public bool? IsCancelRequested { get; init; }
    public RawJson? Args { get; init; }
    public RawJson? Output { get; init; }

    private const int DependsOnMax = 1_000;

    public static JobView From(Job job)
    {
        var settings = JobSettings.Parse(job.Settings);
        return new JobView
        {
            Id = job.Id.Value,
            Kind = job.Kind,
            Queue = job.Queue,
            Project = job.Project,
            Priority = job.Priority,
            State = job.State,
            Attempt = job.Attempt,
            MaxAttempts = settings.MaxAttempts,
            CreatedAt = job.CreatedAt,
            Key = job.Key,
            Schedule = job.Schedule,
            RetryOf = job.RetryOf?.Value,
            Tags = job.Tags.Count > 0 ? job.Tags : null,
            Metadata = settings.Metadata,
            DueAt = job.DueAt,
            StartedAt = job.StartedAt,
            EndedAt = job.EndedAt,
            Node = job.Node,
            Reason = job.Reason == FailReason.None ? null : job.Reason,
            Error = job.Error,
            Progress = job.Progress is { } progress ? ProgressView.From(progress) : null,
            DependsOn = job.DependsOn.Count > 0 ? [.. job.DependsOn.Take(DependsOnMax).Select(id => id.Value)] : null,
            ResultInto = settings.ResultInto,
            RepeatsLeft = settings.Repeat?.Times,
            IsCancelRequested = job.IsCancelRequested ? true : null,
            Args = Masked(job.Args),
            Output = job.Output is { } output ? Masked(output) : null,
        };
    }

    private static RawJson? Masked(ReadOnlyMemory<byte> json) =>
        json.IsEmpty ? null : new RawJson(JsonMask.Mask(json.Span));
}

internal sealed record ProgressView(double Done, double? Total, string? Text)
{
    public static ProgressView From(Progress progress) => new(progress.Done, progress.Total, progress.Text);
}

internal sealed record EnqueuedView(long Id, bool IsNew) : IAuditTarget
{
    string IAuditTarget.AuditTarget => Id.ToString(CultureInfo.InvariantCulture);

    public static EnqueuedView From(Enqueued enqueued) => new(enqueued.Id.Value, enqueued.IsNew);
}

internal sealed record EnqueuedManyView(IReadOnlyList<long> Ids) : IAuditTarget
{
    string IAuditTarget.AuditTarget => Ids.Count > 0 ? Ids[0].ToString(CultureInfo.InvariantCulture) : "";

    public static EnqueuedManyView From(IReadOnlyList<Enqueued> enqueued) =>
        new([.. enqueued.Select(one => one.Id.Value)]);
}

/// <param name="Changes">For the audit.</param>
internal sealed record BulkView(
    int Count, bool DryRun, [property: JsonIgnore] IReadOnlyList<FieldChangeView> Changes) : IAuditChanges
{
    IReadOnlyList<FieldChangeView>? IAuditChanges.AuditChanges => Changes;
}

internal sealed record CountView(string Queue, string Kind, JobState State, long Count);

internal sealed record CountsView(IReadOnlyDictionary<string, long> States, IReadOnlyList<CountView> Items)
{
    public static CountsView From(IReadOnlyList<JobCount> counts) => new(
        Enum.GetValues<JobState>().ToDictionary(Words.Of,
            state => counts.Where(count => count.State == state).Sum(count => count.Count)),
        [.. counts.Select(count => new CountView(count.Queue, count.Kind, count.State, count.Count))]);
}

internal sealed record AttemptView(long Token, int Number, string Node, DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt, AttemptOutcome? Outcome, AttemptErrorView? Error)
{
    public static AttemptView From(Attempt attempt) => new(attempt.Token, attempt.Number, attempt.Node,
        attempt.StartedAt, attempt.EndedAt, attempt.Outcome,
        attempt.Error is { } error ? new AttemptErrorView(error.Type, error.Message, error.Stack) : null);
}

internal sealed record AttemptErrorView(string Type, string Message, string? Stack);

/// <param name="Level">As a word, <c>information</c> for example.</param>
internal sealed record LogLineView(long Token, int Number, DateTimeOffset At, string Level, string Text)
{
    public static LogLineView From(LogLine line) =>
        new(line.Token, line.Number, line.At, Words.Of(line.Level), line.Text);
}
