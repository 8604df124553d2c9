namespace Rota.Supervisor.Config;

/// <summary>`[supervisorctl]`: how the client reaches the daemon.</summary>
internal static class ControlSection
{
    public const string DefaultUrl = "http://localhost:9001";

    private const string UnixScheme = "unix://";

    /// <summary>What the client reads: of the main file alone, included ones are not looked at.</summary>
    /// <exception cref="ConfigException">The file cannot be read, or has no such section.</exception>
    public static ControlConfig ReadFile(string path)
    {
        path = Path.GetFullPath(path);
        var ini = new IniFile();
        IncludedFiles.ReadMain(ini, path);
        return Read(ini, path) ?? throw new ConfigException(
            $"{path}:1: [supervisorctl] is missing; write a line [supervisorctl] and under it serverurl=");
    }

    public static ControlConfig? Read(IniFile ini, string path)
    {
        if (ini.Find("supervisorctl") is not { } section)
            return null;
        var reader = new SectionReader(ini, section, Expansions.OfFile(Path.GetDirectoryName(path)!));
        var url = reader.Text("serverurl", DefaultUrl);
        if (url.StartsWith(UnixScheme, StringComparison.Ordinal) && url.Length > UnixScheme.Length)
            url = UnixScheme + Values.FullPath(url[UnixScheme.Length..]);
        var history = reader.Text("history_file");
        return new ControlConfig(url, reader.Text("username"), reader.Text("password"),
            reader.Text("prompt", "supervisor"), string.IsNullOrEmpty(history) ? null : Values.FullPath(history));
    }
}
