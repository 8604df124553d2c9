using System.Text.Json;
using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Secrets;

/// <summary>What Rota said to a question for secrets. Values live here, in the environment of the child that gets them,
/// and nowhere else.</summary>
/// <param name="Values">By name of the secret.</param>
/// <param name="Errors">By name, why it cannot be had and what to do: one sentence.</param>
/// <param name="Error">Why none can be had; null when they can.</param>
internal sealed record SecretAnswer(IReadOnlyDictionary<string, string> Values,
    IReadOnlyDictionary<string, string> Errors, string? Error)
{
    public static SecretAnswer Nothing { get; } = Failed(null);

    public static SecretAnswer Failed(string? error) => new(new Dictionary<string, string>(),
        new Dictionary<string, string>(), error);

    /// <summary>Reads `{"values":{"NAME":"VALUE"},"errors":{"NAME":"SENTENCE"},"error":"SENTENCE"}`, in which each part
    /// may be missing.</summary>
    /// <exception cref="JsonException">It is something else; the message tells nothing of it.</exception>
    public static SecretAnswer Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            return new(Texts(root, "values"), Texts(root, "errors"),
                root.TryGetProperty("error", out var error) ? error.GetString() : null);
        }
        catch (InvalidOperationException wrong)
        {
            throw new JsonException("not an answer", wrong);
        }
    }

    /// <summary>The variables of one process.</summary>
    /// <exception cref="LaunchException">One of them cannot be had.</exception>
    public IReadOnlyList<EnvironmentVariable> For(IEnumerable<SecretVariable> wanted) => [.. wanted.Select(secret =>
        Values.TryGetValue(secret.Secret, out var value)
            ? new EnvironmentVariable(secret.Variable, value)
            : throw new LaunchException(FaultCode.SpawnError, $"couldn't get the secret '{secret.Secret}': "
                + (Errors.GetValueOrDefault(secret.Secret) ?? Error ?? "Rota does not know it")))];

    // A record would print its values.
    public override string ToString() => $"{Values.Count} secrets, {Errors.Count} errors";

    private static Dictionary<string, string> Texts(JsonElement root, string name) =>
        root.TryGetProperty(name, out var all)
            ? all.EnumerateObject().ToDictionary(one => one.Name, one => one.Value.GetString() ?? "")
            : [];
}
