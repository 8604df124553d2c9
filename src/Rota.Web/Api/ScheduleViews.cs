using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rota.Schedules;
using Rota.Secrets;
using Rota.Web.Auth;

namespace Rota.Web.Api;

/// <param name="Trigger">Null when <paramref name="Broken"/> says why it cannot be read.</param>
internal sealed record ScheduleView(string Name, string Project, RawJson? Trigger, string? Description,
    string? ClockChanges, string Kind, RawJson Args, JobOptionsRequest Options, Misfire Misfire, string MisfireGrace,
    bool Coalesce,
    string? CatchUpWindow, int? MaxRunning, WhenFull? WhenFull, bool IsPaused, bool HasSecrets, string? Owner,
    long Version, DateTimeOffset? NextDue, DateTimeOffset? LastDue, string? Broken, DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    public static ScheduleView From(Schedule schedule) => new(
        schedule.Name,
        schedule.Project,
        schedule.Trigger is { } trigger ? new RawJson(TriggerJson.Write(trigger)) : null,
        schedule.Trigger?.Describe(),
        schedule.Trigger?.ClockChanges,
        schedule.Kind,
        new RawJson(JsonMask.Mask(schedule.Args.Span)),
        JobOptionsRequest.From(schedule.Options),
        schedule.Policy.Misfire,
        Durations.Format(schedule.Policy.MisfireGrace),
        schedule.Policy.Coalesce,
        schedule.Policy.CatchUpWindow is { } window ? Durations.Format(window) : null,
        schedule.Policy.MaxRunning,
        schedule.Policy.MaxRunning is null ? null : schedule.Policy.WhenFull,
        schedule.IsPaused,
        schedule.HasSecrets,
        schedule.Owner,
        schedule.Version,
        schedule.NextDue,
        schedule.LastDue,
        schedule.Broken,
        schedule.CreatedAt,
        schedule.UpdatedAt);
}

/// <summary>The rule of a schedule, as callers write it.</summary>
internal record ScheduleRuleRequest
{
    public required JsonElement Trigger { get; init; }
    public string? Kind { get; init; }

    /// <summary>Another word for <see cref="Kind"/>, for those who move from ConnectHub.</summary>
    public string? HandlerPath { get; init; }

    public JsonElement? Args { get; init; }
    public JobOptionsRequest? Options { get; init; }

    /// <summary>Left out, what is stored stays; empty removes it.</summary>
    public IReadOnlyDictionary<string, string>? Secrets { get; init; }

    // Nullable, because the generated reader sets every property and so knows no initial values.
    public Misfire? Misfire { get; init; }
    public string? MisfireGrace { get; init; }
    public bool Coalesce { get; init; }
    public string? CatchUpWindow { get; init; }
    public int? MaxRunning { get; init; }
    public WhenFull WhenFull { get; init; }
    public bool? IsPaused { get; init; }

    public virtual ScheduleDefinition ToDefinition(string name, DateTimeOffset anchor) => new()
    {
        Name = name,
        Trigger = TriggerJson.Read(Trigger, anchor),
        Kind = Kind ?? HandlerPath ?? throw new InvalidFieldException("kind", "kind is missing.",
            "Write the kind of the jobs that are enqueued; GET /api/v1/kinds lists them."),
        Args = Encoding.UTF8.GetBytes(Args?.GetRawText() ?? "{}"),
        Options = Options?.ToOptions(),
        Secrets = Secrets,
        Policy = new RunPolicy
        {
            Misfire = Misfire ?? Schedules.Misfire.RunOnce,
            MisfireGrace = Words.ParseDuration("misfire_grace", MisfireGrace) ?? RunPolicy.DefaultGrace,
            Coalesce = Coalesce,
            CatchUpWindow = Words.ParseDuration("catch_up_window", CatchUpWindow),
            MaxRunning = MaxRunning,
            WhenFull = WhenFull,
        },
        IsPaused = IsPaused,
    };
}

/// <summary>One schedule to put: its rule, and what to do where there is one already.</summary>
internal sealed record ScheduleRequest : ScheduleRuleRequest
{
    public string? Owner { get; init; }
    public NameConflict OnConflict { get; init; }
    public long? IfVersion { get; init; }
    public bool TakeOver { get; init; }

    public override ScheduleDefinition ToDefinition(string name, DateTimeOffset anchor) =>
        base.ToDefinition(name, anchor) with
        {
            Owner = Owner,
            OnConflict = OnConflict,
            IfVersion = IfVersion,
            TakesOver = TakeOver,
        };
}

/// <param name="All">Must be said, so that nobody means all by leaving out the tag.</param>
internal sealed record ScheduleSelectionRequest(string? Tag = null, bool All = false)
{
    public string? CheckedTag => Tag is not null != All
        ? Tag
        : throw new InvalidFieldException("tag", "It is not clear which schedules are meant.",
            "Write either tag, or all: true.");
}

/// <param name="ArePaused">Now; before they were the other way.</param>
internal sealed record ScheduleNamesView(
    IReadOnlyList<string> Names, [property: JsonIgnore] bool ArePaused) : IAuditChanges
{
    IReadOnlyList<FieldChangeView>? IAuditChanges.AuditChanges => [.. Names.Select(name => new FieldChangeView(
        $"{name}.is_paused", new RawJson(ArePaused ? "false" : "true"), new RawJson(ArePaused ? "true" : "false")))];
}

/// <param name="DryRun">Only tells; the default, so that nothing is enqueued by mistake.</param>
internal sealed record BackfillRequest(string From, string? To = null, bool DryRun = true)
{
    public DateTimeOffset FromInstant => Words.ParseInstant("from", From)!.Value;

    public DateTimeOffset? ToInstant => Words.ParseInstant("to", To);
}

/// <param name="Due">The due times without a job, oldest first.</param>
internal sealed record BackfillView(int Count, int Enqueued, bool DryRun, IReadOnlyList<DateTimeOffset> Due)
{
    public static BackfillView From(Backfill backfill, bool isDryRun) =>
        new(backfill.Due.Count, backfill.Enqueued, isDryRun, backfill.Due);
}

internal sealed record RestoreRequest(long Version);

/// <param name="Changes">Against the version before; left out where there is none.</param>
internal sealed record ScheduleVersionView(long Version, DateTimeOffset At, string Actor, ScheduleChange Change,
    ScheduleRuleView Rule, IReadOnlyList<FieldChangeView>? Changes)
{
    public static ScheduleVersionView From(ScheduleVersion version) => new(
        version.Version, version.At, version.Actor, version.Change, ScheduleRuleView.From(version.Rule),
        version.Before is { } before ? FieldDiff.Of(before, version.Rule) : null);
}

/// <summary>All that callers decide, in the words of <see cref="ScheduleRequest"/>, with secrets masked.</summary>
internal sealed record ScheduleRuleView(RawJson Trigger, string Kind, RawJson Args, JobOptionsRequest Options,
    Misfire Misfire, string MisfireGrace, bool Coalesce, string? CatchUpWindow, int? MaxRunning, WhenFull? WhenFull,
    bool IsPaused, bool HasSecrets, string? Owner)
{
    public static ScheduleRuleView From(ScheduleRule rule)
    {
        var policy = rule.Policy ?? new RunPolicy();
        return new ScheduleRuleView(
            new RawJson(rule.Trigger.GetRawText()),
            rule.Kind,
            new RawJson(JsonMask.Mask(rule.Args)),
            JobOptionsRequest.From(rule.Options ?? new JobOptions()),
            policy.Misfire,
            Durations.Format(policy.MisfireGrace),
            policy.Coalesce,
            policy.CatchUpWindow is { } window ? Durations.Format(window) : null,
            policy.MaxRunning,
            policy.MaxRunning is null ? null : policy.WhenFull,
            rule.IsPaused,
            rule.HasSecrets,
            rule.Owner);
    }
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

internal sealed record PreviewView(string Description, string? ClockChanges, IReadOnlyList<CronRunView> Next)
{
    public static PreviewView From(Trigger asked, int count, DateTimeOffset now) => new(
        asked.Settle().Describe(),
        asked.ClockChanges,
        [.. NextRuns.Of(asked, now, count).Select(run => new CronRunView(run.At, run.Local, run.Note))]);
}
