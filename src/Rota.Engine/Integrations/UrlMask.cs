using Rota.Secrets;

namespace Rota.Integrations;

/// <summary>An address fit for a log: no user and password, no values of query fields whose names tell of a
/// secret.</summary>
internal static class UrlMask
{
    private static readonly string[] TellingNames = ["key", "sig", "signature", "code", "pwd", "credential"];

    // A secret that is a whole address would be logged as a URI spells it, which no mask of the secret finds.
    private static readonly HttpRequestOptionsKey<string> Shown = new("Rota.ShownUrl");

    /// <summary>Where an address has secrets in it, it is shown as it was written, with their names.</summary>
    public static void ShowAs(HttpRequestMessage request, string written)
    {
        if (SecretReferences.AreIn(written))
            request.Options.Set(Shown, written);
    }

    public static string Of(HttpRequestMessage request) =>
        request.Options.TryGetValue(Shown, out var written) ? written : Of(request.RequestUri);

    public static string Of(Uri? address)
    {
        if (address is null)
            return "";
        if (!address.IsAbsoluteUri)
            return address.OriginalString;
        var user = address.UserInfo.Length > 0 ? $"{Redactor.Mark}@" : "";
        var query = address.Query.Length == 0 ? ""
            : "?" + string.Join('&', address.Query.TrimStart('?').Split('&').Select(MaskField));
        return $"{address.Scheme}://{user}{address.Authority}{address.AbsolutePath}{query}";
    }

    private static string MaskField(string field)
    {
        var end = field.IndexOf('=');
        if (end < 0)
            return field;
        var name = Uri.UnescapeDataString(field[..end]);
        var isTelling = JsonMask.IsTelling(name)
            || TellingNames.Any(telling => name.EndsWith(telling, StringComparison.OrdinalIgnoreCase));
        return isTelling ? $"{field[..end]}={Redactor.Mark}" : field;
    }
}
