using System.Text.Json;
using Rota.Web.Api;

namespace Rota.Web.Console.Forms;

/// <summary>A trigger as the fields of a form, which are called as those of its JSON. <c>when</c> says which of them
/// count; a trigger with more than they hold is JSON in the field <c>trigger</c>.</summary>
internal static class TriggerForm
{
    public const string Json = "json";

    /// <summary>In the order in which they are offered: the value of <c>when</c> and its name.</summary>
    public static IReadOnlyList<(string Value, string Name)> Kinds { get; } =
    [
        ("cron", "Cron expression"), ("every", "Interval"), ("calendar", "Calendar"), ("once", "Once"), (Json, "JSON"),
    ];

    // The first field is the one that must be there.
    private static readonly Dictionary<string, string[]> Fields = new()
    {
        ["cron"] = ["cron", "zone", "dialect", "gap"],
        ["every"] = ["every", "anchor"],
        ["calendar"] = ["calendar", "from", "time", "zone", "gap", "month_end"],
        ["once"] = ["once"],
    };

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The trigger's JSON, not yet checked.</summary>
    /// <exception cref="InvalidFieldException">What <c>when</c> asks for is missing, or no JSON.</exception>
    public static JsonElement Read(Func<string, string?> field)
    {
        var kind = field("when") ?? Kinds[0].Value;
        if (kind == Json)
            return FormText.Json("trigger", field("trigger") ?? "");
        if (!Fields.TryGetValue(kind, out var names))
            throw new InvalidFieldException("when", $"There is no trigger '{kind}'.", "Choose one of the list.");
        if (field(names[0]) is null)
            throw new InvalidFieldException(names[0], $"{names[0]} is missing.", HintOf(kind));
        return JsonSerializer.SerializeToElement(names.Where(name => field(name) is not null)
            .ToDictionary(name => name, name => ValueOf(name, field(name)!.Trim())));
    }

    private static string? ValueOf(string name, string text) =>
        name is "once" or "anchor" ? FormText.Utc(text) : text;

    private static string HintOf(string kind) => kind switch
    {
        "cron" => "Write five fields, such as 0 9 * * 1-5.",
        "every" => "Write for example 30s, 5m, 1h30m or 2d.",
        "calendar" => "Write for example 1 month, 2 weeks, 10 days or 1 year.",
        _ => "Write an instant, such as 2026-01-31T09:00.",
    };

    /// <summary>What the fields begin with for a trigger that is there.</summary>
    /// <param name="schedule">Its name, by which <c>H</c> is spread unless something else is said.</param>
    public static IReadOnlyDictionary<string, string> Of(JsonElement trigger, string schedule)
    {
        var values = trigger.EnumerateObject()
            .Where(field => !(field.Name == "spread" && field.Value.ValueEquals(schedule)))
            .ToDictionary(field => field.Name, field => field.Value.ToString());
        var kind = Fields.FirstOrDefault(kind => values.ContainsKey(kind.Key));
        if (kind.Key is null || values.Keys.Except(kind.Value).Any())
            return new Dictionary<string, string>
            {
                ["when"] = Json,
                ["trigger"] = JsonSerializer.Serialize(trigger, Indented),
            };
        foreach (var name in (string[])["once", "anchor"])
        {
            if (values.TryGetValue(name, out var text))
                values[name] = FormText.Picked(Words.ParseInstant(name, text)!.Value);
        }
        values["when"] = kind.Key;
        return values;
    }
}
