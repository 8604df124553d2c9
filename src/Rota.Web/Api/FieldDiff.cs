using System.Text.Json;
using Rota.Schedules;
using Rota.Secrets;

namespace Rota.Web.Api;

/// <summary>One field that differs.</summary>
/// <param name="Field">In the words of the API, such as <c>args.days</c>.</param>
/// <param name="Before">Left out where there was none.</param>
/// <param name="After">Left out where there is none.</param>
public sealed record FieldChangeView(string Field, RawJson? Before, RawJson? After)
{
    /// <summary>From the JSON that <see cref="ToJson"/> gave.</summary>
    public static IReadOnlyList<FieldChangeView> Read(string json) =>
        [.. JsonElement.Parse(json).EnumerateArray().Select(change => new FieldChangeView(
            change.GetProperty("field").GetString()!, Value(change, "before"), Value(change, "after")))];

    private static RawJson? Value(JsonElement change, string name) =>
        change.TryGetProperty(name, out var value) ? new RawJson(value.GetRawText()) : null;

    public static string ToJson(IReadOnlyList<FieldChangeView> changes) =>
        JsonSerializer.Serialize(changes, ApiJsonOptions.Value.GetTypeInfo(typeof(IReadOnlyList<FieldChangeView>)));
}

/// <summary>What differs between a thing and what it became: the smallest fields that do, arrays as a whole.</summary>
/// <remarks>What is secret is compared and then masked, so that its change is told without its value.</remarks>
internal static class FieldDiff
{
    private const string HasSecrets = "has_secrets"; // tells of none

    private static readonly JsonElement Nothing = JsonElement.Parse("{}");

    private static readonly ScheduleRule Blank = new()
    {
        Project = JobOptions.DefaultProject,
        Trigger = Nothing,
        Kind = "",
        Args = Nothing,
    };

    /// <param name="before">Null: there was none, so that all but the defaults is new.</param>
    public static IReadOnlyList<FieldChangeView> Of(ScheduleRule? before, ScheduleRule after)
    {
        var changes = Of(ToJson(before ?? Blank), ToJson(after));
        return before is null ? [.. changes.Select(change => change with { Before = null })] : changes;
    }

    /// <param name="before">An object, or null where there was none.</param>
    /// <param name="after">An object, or null where there is none.</param>
    public static IReadOnlyList<FieldChangeView> Of(JsonElement? before, JsonElement? after)
    {
        var changes = new List<FieldChangeView>();
        Compare("", before ?? Nothing, after ?? Nothing, isSecret: false, changes);
        return changes;
    }

    public static FieldChangeView Of(SecretChange secret) => new($"secrets.{secret.Name}",
        secret.IsThere ? Masked : null, secret.WillBeThere ? Masked : null);

    /// <summary>In the words of <see cref="ScheduleRuleView"/>, nothing masked.</summary>
    public static JsonElement ToJson(ScheduleRule rule) => JsonSerializer.SerializeToElement(
        ScheduleRuleView.From(rule) with { Args = new RawJson(rule.Args.GetRawText()) },
        ApiJsonOptions.Value.GetTypeInfo(typeof(ScheduleRuleView)));

    private static RawJson Masked { get; } = new($"\"{Redactor.Mark}\"");

    private static void Compare(
        string path, JsonElement? before, JsonElement? after, bool isSecret, List<FieldChangeView> changes)
    {
        if (before is { ValueKind: JsonValueKind.Object } old && after is { ValueKind: JsonValueKind.Object } now)
        {
            foreach (var name in Names(old).Union(Names(now)))
            {
                var inner = path.Length == 0 ? name : $"{path}.{name}";
                Compare(inner, Find(old, name), Find(now, name),
                    isSecret || (inner != HasSecrets && JsonMask.IsTelling(name)), changes);
            }
        }
        else if (!(before is { } left && after is { } right && JsonElement.DeepEquals(left, right)))
        {
            changes.Add(new FieldChangeView(path, Show(before, isSecret), Show(after, isSecret)));
        }
    }

    private static IEnumerable<string> Names(JsonElement json) => json.EnumerateObject().Select(field => field.Name);

    private static JsonElement? Find(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value : null;

    private static RawJson? Show(JsonElement? value, bool isSecret) => value is not { } json ? null
        : isSecret && json.ValueKind != JsonValueKind.Null ? Masked
        : new RawJson(JsonMask.Mask(json));
}
