using System.Text.RegularExpressions;

namespace Rota.Supervisor.Config;

internal enum CheckKind { Port, Http, File, Log, Notify, Exit, Command }

/// <summary>Something that can be asked or seen of a process.</summary>
/// <remarks>Errors do not repeat an address, which may hold what is secret, misspelt or not.</remarks>
/// <param name="Target">`host:port`, an address, a path, a pattern or a command.</param>
internal sealed record Check(CheckKind Kind, string Target)
{
    private const string ReadyForms =
        "write port:127.0.0.1:5432, http://127.0.0.1:8080/health, file:/run/x.ready, log:PATTERN, notify or exit";

    private const string HealthForms =
        "write port:127.0.0.1:5432, http://127.0.0.1:8080/health or command:/usr/bin/check";

    /// <summary>For the log and the status: without what may be secret, the words of a command and the query of an
    /// address.</summary>
    public string Shown => Kind switch
    {
        CheckKind.Http => Target.Split('?')[0],
        CheckKind.Notify or CheckKind.Exit or CheckKind.Command => Kind.ToString().ToLowerInvariant(),
        _ => $"{Kind.ToString().ToLowerInvariant()}:{Target}",
    };

    /// <summary>Of `ready_when`.</summary>
    public static Check ForReadiness(string text) => text switch
    {
        "notify" => new(CheckKind.Notify, ""),
        "exit" => new(CheckKind.Exit, ""),
        _ when After(text, "file:") is { } path => File(path),
        _ when After(text, "log:") is { } pattern => Log(pattern),
        _ => Remote(text) ?? throw new ValueException("is no sign of readiness", ReadyForms),
    };

    /// <summary>Of `health_check`.</summary>
    public static Check ForHealth(string text) => After(text, "command:") is { } command
        ? new(CheckKind.Command, CommandText(command))
        : Remote(text) ?? throw new ValueException("is no health check", HealthForms);

    /// <summary>A command that can be split into words.</summary>
    public static string CommandText(string command) => ShellWords.Split(command) is { Count: > 0 }
        ? command
        : throw new ValueException("has a command that cannot be split into words", "close every quote");

    /// <summary>An address without a login in it, which would end up in places that anyone may read. It is not part of
    /// the error either.</summary>
    public static string HttpAddress(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new ValueException("is no address", "write http://host:port/path");
        return uri.UserInfo.Length == 0
            ? text
            : throw new ValueException("has a login in its address", "take away what stands before the @");
    }

    private static Check? Remote(string text)
    {
        if (text.StartsWith("http:", StringComparison.Ordinal) || text.StartsWith("https:", StringComparison.Ordinal))
            return new(CheckKind.Http, HttpAddress(text));
        if (After(text, "port:") is not { } address)
            return null;
        var colon = address.LastIndexOf(':');
        var port = Values.Port(address, address[(colon + 1)..]);
        return new(CheckKind.Port, $"{(colon > 0 ? address[..colon] : "127.0.0.1")}:{port}");
    }

    private static Check File(string path) => path.StartsWith('/')
        ? new(CheckKind.File, path)
        : throw Values.Bad(path, "no absolute path", "write file:/run/x.ready");

    private static Check Log(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.NonBacktracking);
            return new(CheckKind.Log, pattern);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new ValueException($"has a pattern that cannot be used: {error.Message.ReplaceLineEndings(" ")}",
                "write a regular expression without look-around and back references, for example log:ready to accept");
        }
    }

    private static string? After(string text, string prefix) =>
        text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : null;
}
