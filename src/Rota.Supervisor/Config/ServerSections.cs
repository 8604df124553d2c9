namespace Rota.Supervisor.Config;

/// <summary>`[inet_http_server]` and `[unix_http_server]`, also several of each
/// (`[unix_http_server:second]`).</summary>
internal static class ServerSections
{
    public static IEnumerable<ServerConfig> Read(IniFile ini, Expansions names) =>
        Sections(ini, names, "inet_http_server").Select(section => Tcp(ini, section))
            .Concat(Sections(ini, names, "unix_http_server").Select(Unix))
            .ToList();

    private static IEnumerable<SectionReader> Sections(IniFile ini, Expansions names, string kind) => ini.Sections
        .Where(section => section.Name.StartsWith(kind, StringComparison.Ordinal))
        .Select(section => new SectionReader(ini, section, names));

    private static ServerConfig Tcp(IniFile ini, SectionReader section)
    {
        var (username, password) = Credentials(section);
        if (!section.Has("port"))
            throw section.Missing("port", "write port=127.0.0.1:9001");
        var (host, port) = section.Value("port", Values.Address, default);

        if (host.Length == 0 && username is null)
            ini.Warnings.Add(section.Warning("port", "lets everyone who reaches this machine run programs on it; "
                + "write 127.0.0.1: before the port, or username and password"));
        else if (host.Length == 0 && (username, password) is ("user", "123"))
            ini.Warnings.Add(section.Warning("password", "is the sample's, which everyone knows; write another"));
        return new ServerConfig
        {
            Section = section.Section.Name,
            Host = host,
            Port = port,
            AllowedHosts = new([.. Values.Strings(section.Text("allowed_hosts"))]),
            Username = username,
            Password = password,
        };
    }

    private static ServerConfig Unix(SectionReader section)
    {
        var file = PythonText.Strip(section.Text("file"));
        if (file.Length == 0)
            throw section.Missing("file", "write file=/run/supervisor.sock");
        var (username, password) = Credentials(section);
        return new ServerConfig
        {
            Section = section.Section.Name,
            SocketPath = Values.FullPath(file),
            SocketMode = section.Value("chmod", Values.Octal, 0b111_000_000),
            SocketOwner = section.Value<UserIds?>("chown", Accounts.UserAndGroup, null),
            Username = username,
            Password = password,
        };
    }

    private static (string? Username, string? Password) Credentials(SectionReader section)
    {
        var (username, password) = (section.Text("username"), section.Text("password"));
        if (username is null != password is null)
        {
            var missing = username is null ? "username" : "password";
            throw section.Missing(missing, $"write {missing}= too, or neither of username and password");
        }
        return (username, password);
    }
}
