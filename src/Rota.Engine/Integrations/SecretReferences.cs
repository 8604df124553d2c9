using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Rota.Integrations;

/// <summary>Puts secrets in the place of <c>{{secret:NAME}}</c>. What was read is masked in all that the attempt
/// writes.
/// </summary>
public static partial class SecretReferences
{
    [GeneratedRegex(@"\{\{secret:([A-Za-z0-9._:-]{1,200})\}\}",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1_000)]
    private static partial Regex Pattern { get; }

    /// <summary>The names of the secrets that a text asks for, each once.</summary>
    public static IEnumerable<string> NamesIn(string text) =>
        Pattern.Matches(text).Select(NameIn).Distinct();

    private static string NameIn(Match reference) => reference.Value["{{secret:".Length..^2];

    /// <summary>The name of a secret, whether it is written alone or as a reference.</summary>
    internal static string? NameIn(string? text) =>
        text is not null && Pattern.Match(text) is { Success: true } one && one.Length == text.Length
            ? NameIn(one) : text;

    internal static bool AreIn(string text) => Pattern.IsMatch(text);

    /// <summary>Whether a text or a name of the JSON holds one.</summary>
    internal static bool AreIn(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => AreIn(json.GetString()!), // never null for this kind
        JsonValueKind.Array => json.EnumerateArray().Any(AreIn),
        JsonValueKind.Object => json.EnumerateObject().Any(field => AreIn(field.Name) || AreIn(field.Value)),
        _ => false,
    };

    /// <summary>Whether secrets are put into arguments of this type.</summary>
    internal static bool AreFilledInto(Type args) => args == typeof(HttpRequest) || args == typeof(ShellRun);

    /// <summary>The text with something else in the place of each.</summary>
    /// <param name="other">Gets where it begins.</param>
    internal static string Replace(string text, Func<int, string> other) =>
        Pattern.Replace(text, reference => other(reference.Index));

    /// <summary>An address with its secrets: one that stands at its start is whole, others are escaped.</summary>
    /// <exception cref="NotFoundException"><c>secret.not_found</c>.</exception>
    internal static Task<string> FillUrlAsync(string url, JobSecrets secrets, CancellationToken stop) =>
        FillAsync(url, secrets, (value, at) => at == 0 ? value : Uri.EscapeDataString(value), stop);

    /// <param name="escape">Makes a value fit the place where it stands; gets the value and where its reference begins.
    /// </param>
    /// <exception cref="NotFoundException"><c>secret.not_found</c>.</exception>
    internal static async Task<string> FillAsync(
        string text, JobSecrets secrets, Func<string, int, string> escape, CancellationToken stop)
    {
        var filled = new StringBuilder(text.Length);
        var copied = 0;
        foreach (Match reference in Pattern.Matches(text))
        {
            var name = NameIn(reference);
            filled.Append(text, copied, reference.Index - copied);
            filled.Append(escape(await secrets.GetAsync(name, stop), reference.Index));
            copied = reference.Index + reference.Length;
        }
        return filled.Append(text, copied, text.Length - copied).ToString();
    }

    internal static Task<string> FillAsync(string text, JobSecrets secrets, CancellationToken stop) =>
        FillAsync(text, secrets, (value, _) => value, stop);
}
