namespace Rota.Supervisor.Config;

/// <summary>Reads a supervisord.conf with all that it includes.</summary>
internal static class ConfigReader
{
    /// <summary>The factory of supervisor's own API, the only one that is here.</summary>
    private const string MainInterface = "supervisor.rpcinterface:make_main_rpcinterface";

    private const string Factory = "supervisor.rpcinterface_factory";

    /// <param name="path">Absolute, or from the working directory.</param>
    /// <param name="options">The command line's, which stand above the file's.</param>
    /// <exception cref="ConfigException">The first thing that is wrong.</exception>
    public static SupervisorConfig Read(string path, DaemonOptions? options = null)
    {
        path = Path.GetFullPath(path);
        var ini = IncludedFiles.Read(path);
        // It would be expanded into a path or a variable of some process.
        if (ini.Sections.FirstOrDefault(section => section.Name.Contains('\0')) is { } bad)
            throw new ConfigException(
                $"{bad.File}:{bad.Line}: a section's name has a letter with the number 0; delete it");
        var names = Expansions.OfFile(Path.GetDirectoryName(path)!);
        var section = ini.Find("supervisord") ?? throw new ConfigException(
            $"{path}:1: [supervisord] is missing; write a line [supervisord], under which every option has a default");

        var daemon = DaemonSection.Read(new SectionReader(ini, section, names), options ?? new DaemonOptions());
        names.AddEnvironment(daemon.Environment);
        var interfaces = Interfaces(ini, names).ToList();
        var groups = GroupSections.Read(ini, names);
        var servers = ServerSections.Read(ini, names);
        var control = Control(ini, path);
        KnownOptions.WarnOfOthers(ini);

        return new SupervisorConfig
        {
            Path = path,
            Daemon = daemon,
            Servers = new([.. servers]),
            Groups = new([.. groups]),
            Control = control,
            Interfaces = new([.. interfaces]),
            Warnings = new([.. ini.Warnings]),
        };
    }

    private static IEnumerable<string> Interfaces(IniFile ini, Expansions names)
    {
        foreach (var section in ini.Sections.Where(section => section.Name.StartsWith("rpcinterface:")))
        {
            var reader = new SectionReader(ini, section, names);
            var factory = reader.Text(Factory) ?? throw reader.Missing(Factory, $"write {Factory}={MainInterface}");
            if (factory == MainInterface)
                yield return reader.NameAfterColon;
            else
                ini.Warnings.Add(reader.Warning(Factory, $"names a Python module, {factory}; it is left out"));
        }
    }

    /// <summary>What is wrong there is the client's to say: the daemon does not need the section.</summary>
    private static ControlConfig? Control(IniFile ini, string path)
    {
        try
        {
            return ControlSection.Read(ini, path);
        }
        catch (ConfigException bad)
        {
            ini.Warnings.Add(bad.Message);
            return null;
        }
    }
}
