using System.Text.Json;
using Rota.Schedules;
using Rota.Secrets;

namespace Rota.Web.Api;

/// <summary>One field of a rule that differs.</summary>
/// <param name="Field">In the words of <see cref="ScheduleRuleView"/>, such as <c>args.days</c>.</param>
/// <param name="Before">Left out where there was none.</param>
/// <param name="After">Left out where there is none.</param>
internal sealed record FieldChangeView(string Field, RawJson? Before, RawJson? After);

/// <summary>What differs between two rules of a schedule: the smallest fields that do, arrays as a whole.</summary>
/// <remarks>What is secret is compared and then masked, so that its change is told without its value.</remarks>
internal static class RuleDiff
{
    private static readonly ScheduleRule Blank = new()
    {
        Project = JobOptions.DefaultProject,
        Trigger = JsonElement.Parse("{}"),
        Kind = "",
        Args = JsonElement.Parse("{}"),
    };

    /// <param name="before">Null: there was none, so that all but the defaults is new.</param>
    public static IReadOnlyList<FieldChangeView> Of(ScheduleRule? before, ScheduleRule after)
    {
        var changes = new List<FieldChangeView>();
        Compare("", ToJson(before ?? Blank), ToJson(after), isSecret: false, changes);
        return before is null ? [.. changes.Select(change => change with { Before = null })] : changes;
    }

    public static FieldChangeView Of(SecretChange secret) => new($"secrets.{secret.Name}",
        secret.IsThere ? Masked : null, secret.WillBeThere ? Masked : null);

    private static RawJson Masked { get; } = new($"\"{Redactor.Mark}\"");

    private static JsonElement ToJson(ScheduleRule rule) => JsonSerializer.SerializeToElement(
        ScheduleRuleView.From(rule) with { Args = new RawJson(rule.Args.GetRawText()) },
        ApiJsonOptions.Value.GetTypeInfo(typeof(ScheduleRuleView)));

    private static void Compare(
        string path, JsonElement? before, JsonElement? after, bool isSecret, List<FieldChangeView> changes)
    {
        if (before is { ValueKind: JsonValueKind.Object } old && after is { ValueKind: JsonValueKind.Object } now)
        {
            foreach (var name in Names(old).Union(Names(now)))
                Compare(path.Length == 0 ? name : $"{path}.{name}", Find(old, name), Find(now, name),
                    isSecret || (path.Length > 0 && JsonMask.IsTelling(name)), changes);
        }
        else if (!(before is { } left && after is { } right && JsonElement.DeepEquals(left, right)))
        {
            changes.Add(new FieldChangeView(path, Show(before, isSecret), Show(after, isSecret)));
        }
    }

    private static IEnumerable<string> Names(JsonElement json) => json.EnumerateObject().Select(field => field.Name);

    private static JsonElement? Find(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value : null;

    private static RawJson? Show(JsonElement? value, bool isSecret) =>
        value is not { } json ? null : isSecret ? Masked : new RawJson(JsonMask.Mask(json));
}
