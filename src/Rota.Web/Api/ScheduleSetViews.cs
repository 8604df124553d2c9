using System.Text.Json;
using Rota.Schedules;
using Rota.Web.Auth;

namespace Rota.Web.Api;

/// <summary>All schedules that are defined in one place.</summary>
/// <param name="Schedules">By name, each a <see cref="ScheduleRuleRequest"/>; read one by one, so that an error says
/// where.</param>
/// <param name="DryRun">Only tells; the default, so that nothing is changed by mistake.</param>
internal sealed record ScheduleSetRequest(string Owner, IReadOnlyDictionary<string, JsonElement> Schedules,
    bool Prune = false, bool TakeOver = false, bool DryRun = true) : IAuditTarget
{
    string IAuditTarget.AuditTarget => Owner;

    public ScheduleSet ToSet() => new(
        Owner, [.. Schedules.Select(schedule => ToDefinition(schedule.Key, schedule.Value))], Prune, TakeOver);

    // The anchor of intervals that have none: the same set must give the same schedules whenever it comes.
    private static ScheduleDefinition ToDefinition(string name, JsonElement rule)
    {
        try
        {
            return BadRequest.Read<ScheduleRuleRequest>(rule).ToDefinition(name, anchor: DateTimeOffset.UnixEpoch);
        }
        catch (InvalidFieldException error)
        {
            throw ScheduleSet.ErrorOf(name, error);
        }
    }
}

/// <param name="Undeclared">Schedules of the owner that are not in the set, and stay.</param>
internal sealed record ScheduleSetView(
    IReadOnlyList<SetChangeView> Changes, IReadOnlyList<string> Undeclared, bool DryRun) : IAuditChanges
{
    IReadOnlyList<FieldChangeView>? IAuditChanges.AuditChanges =>
        DryRun ? [] : [.. Changes.SelectMany(change => change.AuditChanges)];

    public static ScheduleSetView From(SetPlan plan, bool isDryRun) =>
        new([.. plan.Changes.Select(SetChangeView.From)], plan.Undeclared, isDryRun);
}

internal sealed record SetChangeView(
    string Name, SetAction Action, IReadOnlyList<FieldChangeView> Fields, string? Error)
{
    private static readonly RawJson Removed = new("\"removed\"");

    internal IEnumerable<FieldChangeView> AuditChanges => Action == SetAction.Remove
        ? [new FieldChangeView(Name, Before: null, Removed)]
        : Fields.Select(change => change with { Field = $"{Name}.{change.Field}" });

    public static SetChangeView From(SetChange change) => new(
        change.Name,
        change.Action,
        change.After is { } after
            ? [.. FieldDiff.Of(change.Before, after), .. change.Secrets.Select(FieldDiff.Of)] : [],
        change.Error?.Message);
}
