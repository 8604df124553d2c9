namespace Rota.Supervisor.Config;

/// <summary>The command line of supervisord; what is not null stands above the file.</summary>
internal sealed record DaemonOptions
{
    /// <summary>The version whose behaviour this is: what `-v` and the API answer.</summary>
    public const string Version = "4.2.5";

    public const string Help = """
        supervisord: runs a set of programs and keeps them running.

        Usage: supervisord [options]

          -c, --configuration FILE     the file to read; without it several places are searched
          -n, --nodaemon               stay in the foreground
          -s, --silent                 no log on standard output
          -h, --help                   this text
          -v, --version                the version of supervisor that this is compatible with
          -u, --user USER              become this user, by name or number
          -m, --umask UMASK            octal; default 022
          -d, --directory DIRECTORY    change there as a daemon
          -l, --logfile FILE           the daemon's log
          -y, --logfile_maxbytes SIZE  size at which it is rotated
          -z, --logfile_backups COUNT  rotated logs that are kept
          -e, --loglevel LEVEL         critical, error, warn, info, debug, trace or blather
          -j, --pidfile FILE           where the pid is written
          -i, --identifier NAME        name of this daemon
          -q, --childlogdir DIRECTORY  where the AUTO logs of programs are
          -k, --nocleanup              keep the AUTO logs of earlier runs
          -a, --minfds COUNT           open files that the daemon must be allowed
          -t, --strip_ansi             take colours out of the programs' logs
          --minprocs COUNT             processes that the daemon must be allowed
          --profile_options OPTIONS    accepted and ignored

        """;

    private static readonly (GetOpt.Option Option, Func<DaemonOptions, string, DaemonOptions> Set)[] Table =
    [
        (new('h', "help", false), (options, _) => options with { WantsHelp = true }),
        (new('?', null, false), (options, _) => options with { WantsHelp = true }),
        (new('c', "configuration", true), (options, text) => options with { ConfigFile = text }),
        (new('v', "version", false), (options, _) => options with { WantsVersion = true }),
        (new('n', "nodaemon", false), (options, _) => options with { NoDaemon = true }),
        (new('u', "user", true), (options, text) => options with { User = Accounts.User(text) }),
        (new('m', "umask", true), (options, text) => options with { Umask = Values.Octal(text) }),
        (new('d', "directory", true), (options, text) => options with { Directory = Values.ExistingDirectory(text) }),
        (new('l', "logfile", true), (options, text) => options with { LogFile = Values.PathInDirectory(text) }),
        (new('y', "logfile_maxbytes", true), (options, text) => options with { LogFileMaxBytes = Values.Bytes(text) }),
        (new('z', "logfile_backups", true), (options, text) => options with { LogFileBackups = Values.Int(text) }),
        (new('e', "loglevel", true), (options, text) => options with { LogLevel = Values.LogLevel(text) }),
        (new('j', "pidfile", true), (options, text) => options with { PidFile = Values.PathInDirectory(text) }),
        (new('i', "identifier", true), (options, text) => options with { Identifier = text }),
        (new('q', "childlogdir", true), (options, text) =>
            options with { ChildLogDir = Values.ExistingDirectory(text) }),
        (new('a', "minfds", true), (options, text) => options with { MinFds = Values.Int(text) }),
        (new(null, "minprocs", true), (options, text) => options with { MinProcs = Values.Int(text) }),
        (new('k', "nocleanup", false), (options, _) => options with { NoCleanup = true }),
        (new('t', "strip_ansi", false), (options, _) => options with { StripAnsi = true }),
        (new(null, "profile_options", true), (options, _) => options),
        (new('s', "silent", false), (options, _) => options with { Silent = true }),
    ];

    /// <summary>As written; null where the usual places are to be searched.</summary>
    public string? ConfigFile { get; init; }

    public bool WantsHelp { get; init; }

    public bool WantsVersion { get; init; }

    public bool NoDaemon { get; init; }

    public bool Silent { get; init; }

    public UserIds? User { get; init; }

    public int? Umask { get; init; }

    public string? Directory { get; init; }

    public string? LogFile { get; init; }

    public long? LogFileMaxBytes { get; init; }

    public int? LogFileBackups { get; init; }

    public LogLevel? LogLevel { get; init; }

    public string? PidFile { get; init; }

    public string? Identifier { get; init; }

    public string? ChildLogDir { get; init; }

    public bool NoCleanup { get; init; }

    public int? MinFds { get; init; }

    public int? MinProcs { get; init; }

    public bool StripAnsi { get; init; }

    /// <summary>Reads up to the first `-h` or `-v`, which end the program.</summary>
    /// <exception cref="UsageException">The first thing that is wrong.</exception>
    public static DaemonOptions Parse(IReadOnlyList<string> args)
    {
        var (written, rest) = GetOpt.Read(args, Table.Select(entry => entry.Option).ToList());
        if (rest.Count > 0)
            throw new UsageException("positional arguments are not supported: "
                + $"[{string.Join(", ", rest.Select(PythonText.Repr))}]");

        var options = new DaemonOptions();
        var seen = new HashSet<GetOpt.Option>();
        foreach (var (option, name, value) in written)
        {
            options = Set(options, option, name, value);
            if (options.WantsHelp || options.WantsVersion)
                return options;
            if (!seen.Add(option))
                throw new UsageException($"conflicting command line option {PythonText.Repr(name)}");
        }
        return options;
    }

    private static DaemonOptions Set(DaemonOptions options, GetOpt.Option option, string name, string value)
    {
        try
        {
            return Table.First(entry => entry.Option == option).Set(options, value);
        }
        catch (ValueException bad)
        {
            throw new UsageException($"invalid value for {name}: {bad.Message}; {bad.Write}");
        }
    }
}
