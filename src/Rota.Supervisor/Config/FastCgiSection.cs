using System.Text.RegularExpressions;

namespace Rota.Supervisor.Config;

/// <summary>The socket of an `[fcgi-program]`.</summary>
internal static partial class FastCgiSection
{
    private const string UnixScheme = "unix://";

    public static FastCgiSocket Socket(SectionReader section)
    {
        var backlog = section.Value<int?>("socket_backlog", text => Values.Int(text), null);
        if (backlog is < 1 or > 65535)
            throw section.Error("socket_backlog", $"{backlog} is out of range", "write a number from 1 to 65535");
        var owner = section.Value<UserIds?>("socket_owner", Accounts.UserAndGroup, null);
        var mode = section.Value<int?>("socket_mode", text => Values.Octal(text), null);
        var url = section.Text("socket");
        if (string.IsNullOrEmpty(url))
            throw section.Missing("socket",
                "write socket=tcp://127.0.0.1:9000 or socket=unix:///run/%(program_name)s.sock");

        if (url.StartsWith(UnixScheme, StringComparison.Ordinal))
            return Unix(section, url[UnixScheme.Length..], backlog, owner, mode);
        if (owner is not null || mode is not null)
            throw section.Error(owner is null ? "socket_mode" : "socket_owner", "is for unix sockets only",
                "leave it out");
        var match = Tcp.Match(url);
        if (!match.Success)
            throw section.Error("socket", $"{PythonText.Repr(url)} is no socket",
                "write tcp://host:port or unix:///absolute/path");
        var port = section.Try("socket", () => Values.Port(url, match.Groups["port"].Value));
        return new FastCgiSocket(
            $"tcp://{match.Groups["host"].Value.ToLowerInvariant()}:{port}", backlog, null, 0b111_000_000);
    }

    /// <summary>Without an owner of its own the socket belongs to the program's user.</summary>
    private static FastCgiSocket Unix(SectionReader section, string path, int? backlog, UserIds? owner, int? mode)
    {
        if (!path.StartsWith('/'))
            throw section.Error("socket", $"has the relative path {PythonText.Repr(path)}",
                "write three slashes, unix:///absolute/path");
        if (owner is null && section.User("user") is { } user && user.UserId != Accounts.CurrentUser)
            owner = user;
        return new FastCgiSocket(UnixScheme + Values.FullPath(path), backlog, owner, mode ?? 0b111_000_000);
    }

    [GeneratedRegex(@"^tcp://(?<host>[^\s:]+):(?<port>\d+)\n?$", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Tcp { get; }
}
