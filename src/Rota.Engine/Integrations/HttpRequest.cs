using System.Text.Json;

namespace Rota.Integrations;

/// <summary>Calls an address. <c>{{secret:NAME}}</c> in the address, the headers and the body stands for a
/// secret.</summary>
[Job("http.request")]
public sealed record HttpRequest
{
    /// <summary>Absolute, http or https. A secret at its very start goes in as it is; elsewhere it is percent-encoded.
    /// </summary>
    public required string Url { get; init; }

    /// <summary>Default: GET.</summary>
    public string Method { get; init; } = "GET";

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>A string is sent as text, anything else as JSON. Default: none.</summary>
    public JsonElement? Body { get; init; }

    /// <summary>Codes (<c>404</c>) and ranges (<c>"200-299"</c>). Default: 200-299.</summary>
    public IReadOnlyList<JsonElement> ExpectedStatus { get; init; } = [];

    /// <summary>Of one try. Seconds, over 0 to 3,600. Default: 30.</summary>
    public double TimeoutSeconds { get; init; } = 30;
}

/// <summary>What a call came to.</summary>
/// <param name="Headers">Those that say what the answer is and where to go on.</param>
/// <param name="Body">The first 4,096 characters.</param>
public sealed record HttpRequestOutput(int Status, IReadOnlyDictionary<string, string> Headers, string Body, long Ms);

/// <summary>Which status codes are fine.</summary>
internal sealed class StatusRanges
{
    private readonly List<(int First, int Last)> _ranges = [];

    /// <exception cref="InvalidFieldException">One is no code and no range.</exception>
    public StatusRanges(IReadOnlyList<JsonElement> texts)
    {
        foreach (var text in texts.Select(text => text.ToString()))
        {
            var ends = text.Split('-', StringSplitOptions.TrimEntries);
            if (ends.Length > 2 || !int.TryParse(ends[0], out var first) || !int.TryParse(ends[^1], out var last)
                || first < 100 || last < first || last > 599)
            {
                throw new InvalidFieldException("expectedStatus", $"'{text}' is no status code and no range.",
                    "Write codes and ranges between 100 and 599, such as [\"200-299\", 404].");
            }
            _ranges.Add((first, last));
        }
        if (_ranges.Count == 0)
            _ranges.Add((200, 299));
    }

    public bool Contain(int status) => _ranges.Exists(range => status >= range.First && status <= range.Last);
}
