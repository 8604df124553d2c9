using System.Text;
using System.Text.Json;
using Rota.Schedules;
using Rota.Secrets;

namespace Rota.Web.Api;

/// <param name="Trigger">Null when <paramref name="Broken"/> says why it cannot be read.</param>
internal sealed record ScheduleView(string Name, string Project, TriggerView? Trigger, string? Description, string Kind,
    RawJson Args, JobOptionsRequest Options, Misfire Misfire, bool IsPaused, bool HasSecrets, DateTimeOffset? NextDue,
    DateTimeOffset? LastDue, string? Broken, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    public static ScheduleView From(Schedule schedule) => new(
        schedule.Name,
        schedule.Project,
        schedule.Trigger is { } trigger ? TriggerView.From(trigger) : null,
        schedule.Trigger?.Describe(),
        schedule.Kind,
        new RawJson(JsonMask.Mask(schedule.Args.Span)),
        JobOptionsRequest.From(schedule.Options),
        schedule.Misfire,
        schedule.IsPaused,
        schedule.HasSecrets,
        schedule.NextDue,
        schedule.LastDue,
        schedule.Broken,
        schedule.CreatedAt,
        schedule.UpdatedAt);
}

/// <summary>A trigger as callers write it.</summary>
internal sealed record TriggerView(DateTimeOffset? Once = null, string? Every = null, DateTimeOffset? Anchor = null,
    string? Cron = null, string? Zone = null, string? Dialect = null, string? Gap = null, string? Spread = null)
{
    public static TriggerView From(Trigger trigger) => trigger switch
    {
        OnceTrigger once => new TriggerView(Once: once.At),
        IntervalTrigger interval =>
            new TriggerView(Every: Durations.Format(interval.Every), Anchor: interval.Anchor),
        CronTrigger cron => new TriggerView(Cron: cron.Cron.ToString(), Zone: cron.Zone,
            Dialect: cron.Cron.Dialect == CronDialect.Unix ? null : CronWords.Of(cron.Cron.Dialect),
            Gap: cron.Gap == GapRule.Run ? null : CronWords.Of(cron.Gap), Spread: cron.Cron.Spread),
        _ => throw new ArgumentException($"There is no view of a {trigger.GetType().Name}.", nameof(trigger)),
    };
}

/// <param name="HandlerPath">Another word for <paramref name="Kind"/>, for those who move from ConnectHub.</param>
/// <param name="Secrets">Left out, what is stored stays; empty removes it.</param>
internal sealed record ScheduleRequest(JsonElement Trigger, string? Kind = null, string? HandlerPath = null,
    JsonElement? Args = null, JobOptionsRequest? Options = null, IReadOnlyDictionary<string, string>? Secrets = null,
    Misfire Misfire = Misfire.RunOnce, bool? IsPaused = null)
{
    public ScheduleDefinition ToDefinition(string name, DateTimeOffset now) => new()
    {
        Name = name,
        Trigger = TriggerJson.Read(Trigger, anchor: now),
        Kind = Kind ?? HandlerPath ?? throw new InvalidFieldException("kind", "kind is missing.",
            "Write the kind of the jobs that are enqueued; GET /api/v1/kinds lists them."),
        Args = Encoding.UTF8.GetBytes(Args?.GetRawText() ?? "{}"),
        Options = Options?.ToOptions(),
        Secrets = Secrets,
        Misfire = Misfire,
        IsPaused = IsPaused,
    };
}

internal sealed record OccurrenceView(DateTimeOffset DueAt, OccurrenceOutcome Outcome, long? JobId)
{
    public static OccurrenceView From(Occurrence occurrence) =>
        new(occurrence.DueAt, occurrence.Outcome, occurrence.JobId?.Value);
}

internal sealed record PreviewRequest(JsonElement Trigger, int Count = 5)
{
    private const int CountMax = 100;

    public int CheckedCount => Count is >= 1 and <= CountMax
        ? Count
        : throw new InvalidFieldException("count", $"count is {Count}.", $"Write 1 to {CountMax}.");
}

internal sealed record PreviewView(string Description, IReadOnlyList<DateTimeOffset> Next)
{
    public static PreviewView From(Trigger trigger, int count, DateTimeOffset now)
    {
        var next = new List<DateTimeOffset>(count);
        for (var due = trigger.Next(now); due is { } at && next.Count < count; due = trigger.Next(at))
            next.Add(at);
        return new PreviewView(trigger.Describe(), next);
    }
}
