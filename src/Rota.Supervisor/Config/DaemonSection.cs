namespace Rota.Supervisor.Config;

/// <summary>`[supervisord]`, under the options of the command line.</summary>
internal static class DaemonSection
{
    /// <summary>A log file of this name is the system's log.</summary>
    public const string Syslog = "syslog";

    public static DaemonConfig Read(SectionReader section, DaemonOptions options)
    {
        // Both are read, so that a wrong value in the file is an error whatever the command line says.
        var logFile = section.Value("logfile", Values.PathInDirectory, "supervisord.log");
        var pidFile = section.Value("pidfile", Values.PathInDirectory, "supervisord.pid");
        var read = new DaemonConfig
        {
            LogFile = (options.LogFile ?? logFile) is Syslog ? Syslog : Values.FullPath(options.LogFile ?? logFile),
            PidFile = Values.FullPath(options.PidFile ?? pidFile),
            LogFileMaxBytes = section.Bytes("logfile_maxbytes", 50 * 1024 * 1024),
            LogFileBackups = section.Int("logfile_backups", 10),
            LogLevel = section.Value("loglevel", Values.LogLevel, LogLevel.Info),
            Umask = section.Value("umask", Values.Octal, 0b000_010_010),
            NoDaemon = section.Bool("nodaemon", false),
            Silent = section.Bool("silent", false),
            MinFds = section.Int("minfds", 1024),
            MinProcs = section.Int("minprocs", 200),
            NoCleanup = section.Bool("nocleanup", false),
            ChildLogDir = section.Value("childlogdir", Values.ExistingDirectory, TempDirectory),
            Directory = section.Value<string?>("directory", Values.ExistingDirectory, null),
            StripAnsi = section.Bool("strip_ansi", false),
            Leftovers = section.Value("leftovers", Values.Leftovers, LeftoverRule.Report),
            Identifier = section.Text("identifier", "supervisor"),
            Environment = Environment(section),
            User = options.User is null ? section.User("user") : null,
        };
        return Above(read, options);
    }

    private static DaemonConfig Above(DaemonConfig file, DaemonOptions options) => file with
    {
        LogFileMaxBytes = options.LogFileMaxBytes ?? file.LogFileMaxBytes,
        LogFileBackups = options.LogFileBackups ?? file.LogFileBackups,
        LogLevel = options.LogLevel ?? file.LogLevel,
        Umask = options.Umask ?? file.Umask,
        NoDaemon = options.NoDaemon || file.NoDaemon,
        Silent = options.Silent || file.Silent,
        MinFds = options.MinFds ?? file.MinFds,
        MinProcs = options.MinProcs ?? file.MinProcs,
        NoCleanup = options.NoCleanup || file.NoCleanup,
        ChildLogDir = options.ChildLogDir ?? file.ChildLogDir,
        Directory = options.Directory ?? file.Directory,
        StripAnsi = options.StripAnsi || file.StripAnsi,
        Identifier = options.Identifier ?? file.Identifier,
        User = options.User ?? file.User,
    };

    /// <summary>Expanded twice, as supervisord does: a percent sign is four of them here.</summary>
    private static ValueList<EnvironmentVariable> Environment(SectionReader section) =>
        section.Text("environment") is { } text
            ? section.Try("environment", () => ShellWords.Pairs(PythonFormat.Expand(text, section.Names)))
            : [];

    private static string TempDirectory => Path.GetTempPath() is "/" ? "/" : Path.GetTempPath().TrimEnd('/');
}
