using System.Text.Json;

namespace Rota.Commands;

/// <summary>Where settings stand, as one list of values each.</summary>
internal static class SettingSources
{
    public const string Prefix = "ROTA_";
    private static readonly JsonDocumentOptions Lenient =
        new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Aliases first, so that Rota's own names win.</summary>
    public static IEnumerable<SettingValue> Environment(
        Terminal terminal, IEnumerable<(string Variable, string Setting)> aliases)
    {
        foreach (var (variable, setting) in aliases)
        {
            if (terminal.Variable(variable) is { } value)
                yield return new SettingValue([setting], value, variable);
        }
        foreach (var (name, value) in terminal.Variables.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && name.Length > Prefix.Length)
                yield return new SettingValue(name[Prefix.Length..].Split("__"), value, name);
        }
    }

    /// <returns>Empty when there is no such file.</returns>
    public static IReadOnlyList<SettingValue> File(string path, List<SettingsProblem> problems)
    {
        var values = new List<SettingValue>();
        if (!System.IO.File.Exists(path))
            return values;
        try
        {
            using var document = JsonDocument.Parse(System.IO.File.ReadAllText(path), Lenient);
            Flatten(document.RootElement, [], path, values);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            problems.Add(new($"{path} cannot be read: {error.Message}", "Write one JSON object."));
        }
        return values;
    }

    private static void Flatten(JsonElement json, string[] path, string file, List<SettingValue> values)
    {
        if (json.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in json.EnumerateObject())
                Flatten(property.Value, [.. path, .. property.Name.Split(':')], file, values);
        }
        else if (json.ValueKind == JsonValueKind.Array)
        {
            foreach (var (index, item) in json.EnumerateArray().Index())
                Flatten(item, [.. path, index.ToString()], file, values);
        }
        else if (path.Length > 0 && json.ValueKind != JsonValueKind.Null)
        {
            values.Add(new SettingValue(path, json.ToString(), $"{string.Join(':', path)} in {file}"));
        }
    }
}
