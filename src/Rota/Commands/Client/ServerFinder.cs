using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary>Where the server is, and the token for it.</summary>
/// <remarks>
/// Address: <c>--url</c>, ROTA_URL, the data folder's server.json, then http://127.0.0.1:8600. Token: <c>--token</c>,
/// ROTA_TOKEN, the data folder's local.token, then what <c>rota login</c> kept. The local token goes only to the
/// address
/// that stands beside it, never to another that was typed.
/// </remarks>
internal static class ServerFinder
{
    public const string DefaultAddress = "http://127.0.0.1:8600";

    public static (Uri Address, string? Token) Find(Terminal terminal, string? url, string? token, string? data)
    {
        var files = new DataFiles(DataFiles.FolderOf(terminal, data));
        var local = files.FindAddress();
        var given = url ?? terminal.Variable("ROTA_URL");
        var address = given is not null ? Parse(given) : local ?? new Uri(DefaultAddress);
        token ??= terminal.Variable("ROTA_TOKEN");
        if (token is null && local is not null && IsSame(local, address))
            token = files.FindToken();
        return (address, token ?? Logins.Find(terminal, address));
    }

    private static Uri Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw new InvalidFieldException("url", $"'{text}' is no address.", $"Write it as {DefaultAddress}.");

    private static bool IsSame(Uri local, Uri address) => local.Port == address.Port
        && local.Scheme == address.Scheme
        && (local.Host == address.Host || (local.IsLoopback && address.IsLoopback));
}

/// <summary>The tokens that <c>rota login</c> kept, by address, in the user's own configuration folder.</summary>
internal static class Logins
{
    public static string? Find(Terminal terminal, Uri address) =>
        Read(PathOf(terminal))[Name(address)]?.GetValue<string>();

    public static void Keep(Terminal terminal, Uri address, string token)
    {
        var path = PathOf(terminal);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // the path names a file
        var logins = Read(path);
        logins[Name(address)] = token;
        PrivateFile.Write(path, logins.ToJsonString() + "\n");
    }

    private static string PathOf(Terminal terminal) => Path.Combine(
        terminal.Variable("XDG_CONFIG_HOME") ?? Path.Combine(terminal.Variable("HOME") ?? terminal.Folder, ".config"),
        "rota", "logins.json");

    private static string Name(Uri address) => address.GetLeftPart(UriPartial.Authority);

    private static JsonObject Read(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }
}
