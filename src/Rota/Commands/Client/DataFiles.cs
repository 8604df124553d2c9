using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary>The two files by which commands on the same machine find a running server.</summary>
/// <remarks><c>server.json</c> is <c>{url, pid}</c>; <c>local.token</c> holds a token of this data folder's owner, mode
/// 0600. Both are written when the server starts and removed when it stops.</remarks>
internal sealed class DataFiles(string folder)
{
    public string ServerPath { get; } = Path.Combine(folder, "server.json");

    public string TokenPath { get; } = Path.Combine(folder, "local.token");

    public static string FolderOf(Terminal terminal, string? option) => terminal.PathOf(
        option ?? terminal.Variable("ROTA_DATA") ?? terminal.Variable("DATA_DIR") ?? "data");

    public Uri? FindAddress()
    {
        try
        {
            return Uri.TryCreate(JsonElement.Parse(File.ReadAllText(ServerPath)).Text("url"), UriKind.Absolute,
                out var url)
                ? url : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public string? FindToken()
    {
        try
        {
            return File.ReadAllText(TokenPath).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void WriteAddress(string url) => PrivateFile.Write(ServerPath,
        new JsonObject { ["url"] = url, ["pid"] = Environment.ProcessId }.ToJsonString() + "\n");

    public void WriteToken(string token) => PrivateFile.Write(TokenPath, token + "\n");

    public void Remove()
    {
        File.Delete(ServerPath);
        File.Delete(TokenPath);
    }
}

/// <summary>Files that only their owner may read.</summary>
internal static class PrivateFile
{
    /// <summary>Writes beside the file and renames, so that nobody ever reads half of it.</summary>
    public static void Write(string path, string text)
    {
        var draft = $"{path}.{Environment.ProcessId}.tmp";
        File.Delete(draft);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new StreamWriter(draft, options))
            stream.Write(text);
        File.Move(draft, path, overwrite: true);
    }
}
