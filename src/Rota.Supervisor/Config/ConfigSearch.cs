namespace Rota.Supervisor.Config;

/// <summary>Finds the file when the command line names none.</summary>
internal static class ConfigSearch
{
    /// <summary>Said before the search when the daemon is started by root.</summary>
    public const string RootWarning = "supervisord runs as root and searches its file in the usual places, the working "
        + "directory among them; write -c with an absolute path, so that nobody else's file is taken";

    /// <summary>The first of the usual places that exists; null when none does.</summary>
    /// <param name="program">As it was called: its path, or its name where it stands in PATH.</param>
    public static string? Find(string program) => Places(program).FirstOrDefault(Path.Exists);

    public static string NotFound(string program) =>
        $"No config file found at default paths ({string.Join(", ", Places(program))}); "
        + "use the -c option to specify a config file at a different path";

    private static string[] Places(string program)
    {
        var above = Path.GetDirectoryName(Path.GetDirectoryName(program)) ?? "";
        return
        [
            Path.Combine(above, "etc", "supervisord.conf"), Path.Combine(above, "supervisord.conf"),
            "supervisord.conf", "etc/supervisord.conf", "/etc/supervisord.conf", "/etc/supervisor/supervisord.conf",
        ];
    }
}
