using Rota.Supervisor.Config;

namespace Rota.Supervisor.Client;

/// <summary>The command line of supervisorctl above the file's `[supervisorctl]`.</summary>
internal sealed class ClientOptions
{
    public const string Help = """
        supervisorctl: controls the programs that a supervisord runs.

        Usage: supervisorctl [options] [action [arguments]]

          -c, --configuration FILE  the file whose [supervisorctl] says how to reach the daemon
          -h, --help                this text
          -i, --interactive         ask before shutdown and reload
          -s, --serverurl URL       http://host:port or unix:///path; default http://localhost:9001
          -u, --username NAME       name for the daemon
          -p, --password PASSWORD   password for the daemon
          -r, --history_file FILE   where the lines of the shell are kept

        Without an action a shell is started. The action "help" lists the actions.

        """;

    private static readonly GetOpt.Option[] Known =
    [
        new('h', "help", false), new('?', null, false), new('c', "configuration", true), new('i', "interactive", false),
        new('s', "serverurl", true), new('u', "username", true), new('p', "password", true),
        new('r', "history_file", true),
    ];

    public bool WantsHelp { get; private init; }

    /// <summary>There is no action on the command line, or questions are wished for.</summary>
    public bool IsInteractive { get; private init; }

    public required ServerAddress Server { get; set; }

    public required string Prompt { get; init; }

    public string? HistoryFile { get; init; }

    public required IReadOnlyList<string> Action { get; init; }

    /// <exception cref="UsageException">The command line is wrong.</exception>
    /// <exception cref="ConfigException">The file is.</exception>
    public static ClientOptions Parse(string program, IReadOnlyList<string> args)
    {
        var (written, action) = GetOpt.Read(args, Known);
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (option, name, value) in written)
        {
            if (option.Short is 'h' or '?')
                return new() { WantsHelp = true, Server = new("", null, null), Prompt = "", Action = [] };
            if (option.Short == 's' && !IsUrl(value))
                throw new UsageException($"invalid value for {name} {PythonText.Repr(value)}: value "
                    + $"{PythonText.Repr(value)} is not a URL");
            if (!given.TryAdd(option.Long!, value))
                throw new UsageException($"conflicting command line option {PythonText.Repr(name)}");
        }

        var path = given.GetValueOrDefault("configuration") ?? ConfigSearch.Find(program);
        var file = path is null ? null : ControlSection.ReadFile(path);
        return new ClientOptions
        {
            IsInteractive = action.Count == 0 || given.ContainsKey("interactive"),
            Server = new(given.GetValueOrDefault("serverurl") ?? file?.ServerUrl ?? ControlSection.DefaultUrl,
                given.GetValueOrDefault("username") ?? file?.Username,
                given.GetValueOrDefault("password") ?? file?.Password),
            Prompt = file?.Prompt ?? "supervisor",
            HistoryFile = given.GetValueOrDefault("history_file") ?? file?.HistoryFile,
            Action = action,
        };
    }

    /// <summary>A scheme, and a host or a path after it.</summary>
    private static bool IsUrl(string text)
    {
        var colon = text.IndexOf(':');
        return colon > 0 && text[..colon].All(letter => char.IsAsciiLetterOrDigit(letter) || "+-.".Contains(letter))
            && text[(colon + 1)..].Trim('/').Length > 0;
    }
}

/// <summary>Where a daemon listens, and as whom we call it.</summary>
/// <param name="Url">`http://host:port` or `unix:///path`.</param>
internal sealed record ServerAddress(string Url, string? Username, string? Password)
{
    private const string UnixScheme = "unix://";

    public string? SocketPath => Url.StartsWith(UnixScheme, StringComparison.Ordinal) ? Url[UnixScheme.Length..] : null;
}
