using Rota.Integrations;

namespace Rota.Events;

/// <summary>What may stand in the address and the headers of a webhook, both of which may ask for secrets.</summary>
internal static class WebhookFields
{
    private const int UrlCharactersMax = 2_000, HeadersMax = 20, ValueCharactersMax = 2_000;

    // Names that Rota or the connection sets.
    private static readonly string[] OwnHeaders =
        ["Host", "Connection", "Transfer-Encoding", "Upgrade", "Expect", "TE", "Trailer", "Keep-Alive"];

    /// <summary>Checks an address as far as it can be while its secrets are not known.</summary>
    /// <exception cref="InvalidFieldException"><c>url</c>.</exception>
    public static void CheckUrl(string url)
    {
        var shape = SecretReferences.Replace(url, at => at == 0 ? "https://secret.example" : "secret");
        if (url.Length > UrlCharactersMax || ToAddress(shape) is not { } address)
            throw new InvalidFieldException("url", "url is no http or https address.",
                "Write it in full; what is secret in it as {{secret:NAME}}.");
        if (address.UserInfo.Length > 0)
            throw new InvalidFieldException("url", "url has a user or a password in it.",
                "Leave it out, and write the header Authorization: Basic {{secret:NAME}}.");
    }

    /// <summary>Null where it is none that can be called.</summary>
    public static Uri? ToAddress(string url) => Uri.TryCreate(url, UriKind.Absolute, out var address)
        && address.Scheme is "http" or "https" ? address : null;

    /// <exception cref="InvalidFieldException"><c>headers</c>.</exception>
    public static IReadOnlyDictionary<string, string> CheckHeaders(IReadOnlyDictionary<string, string> headers)
    {
        if (headers.Count > HeadersMax)
            throw Wrong($"There are {headers.Count} headers.", $"Write {HeadersMax} at most.");
        var kept = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in headers)
        {
            if (OwnHeaders.Contains(name, StringComparer.OrdinalIgnoreCase) || IsSetBySending(name))
                throw Wrong($"The header '{name}' is set by the sending itself.", "Leave it out.");
            if (value.Length > ValueCharactersMax || !Fits(name, value))
                throw Wrong($"The header '{name}' cannot be sent.",
                    $"Write a name of letters, digits and '-', and a value of one line and {ValueCharactersMax:N0} "
                    + "characters at most.");
            if (!kept.TryAdd(name, value))
                throw Wrong($"The header '{name}' is there twice.", "Write it once.");
        }
        return kept;
    }

    private static bool IsSetBySending(string name) =>
        name.StartsWith("webhook-", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a request takes it.</summary>
    public static bool Fits(string name, string value)
    {
        using var request = new HttpRequestMessage();
        return TryAdd(request, name, value);
    }

    public static bool TryAdd(HttpRequestMessage request, string name, string value) =>
        !value.AsSpan().ContainsAny("\r\n\0") && request.Headers.TryAddWithoutValidation(name, value);

    private static InvalidFieldException Wrong(string message, string hint) => new("headers", message, hint);
}
