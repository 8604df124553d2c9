namespace Rota.Supervisor.Config;

/// <summary>An option of a section, as the sample file prints it.</summary>
/// <param name="Sample">The default, or an example where there is none.</param>
internal sealed record OptionInfo(string Name, string Sample, string Meaning);

/// <summary>Every option of every section: what is known, and what `echo_supervisord_conf` prints.</summary>
internal static class OptionTable
{
    private static readonly OptionInfo[] Login =
    [
        new("username", "somebody", "who may call; default anyone"),
        new("password", "secret", "plain, or {SHA} and a hexadecimal SHA-1"),
    ];

    private static readonly OptionInfo[] Process =
    [
        new("command", "/bin/cat", "the program with its arguments; no shell; looked up in PATH; required"),
        new("process_name", "%(program_name)s", "name of each process; needs %(process_num)d when numprocs > 1"),
        new("numprocs", "1", "how many processes"),
        new("numprocs_start", "0", "number of the first"),
        new("directory", "/tmp", "where it runs; default the daemon's directory"),
        new("umask", "022", "octal; default the daemon's"),
        new("autostart", "true", "start with the daemon"),
        new("startsecs", "1", "seconds to stay up until it counts as RUNNING; 0 at once"),
        new("startretries", "3", "failed starts in a row that are tried again"),
        new("autorestart", "unexpected", "true, false, or unexpected: only after an exit code not in exitcodes"),
        new("exitcodes", "0", "expected exit codes, commas between"),
        new("stopsignal", "TERM", "the signal to stop it"),
        new("stopwaitsecs", "10", "seconds until SIGKILL follows"),
        new("stopasgroup", "false", "stop the whole process group; implies killasgroup"),
        new("killasgroup", "false", "SIGKILL the whole process group"),
        new("user", "nobody", "run as this user; needs root; default the daemon's"),
        new("stdout_logfile", "AUTO", "a path, AUTO (deleted at the next start) or NONE"),
        new("stdout_logfile_maxbytes", "50MB", "size at which a log is rotated; 0 never"),
        new("stdout_logfile_backups", "10", "rotated logs that are kept"),
        new("stdout_capture_maxbytes", "0", "bytes kept between the marks of a communication event; 0 none"),
        new("stdout_events_enabled", "false", "an event for all that is written"),
        new("stdout_syslog", "false", "also to the system's log"),
        new("stderr_logfile", "AUTO", "as stdout_logfile"),
        new("stderr_logfile_maxbytes", "50MB", "as of stdout"),
        new("stderr_logfile_backups", "10", "as of stdout"),
        new("stderr_capture_maxbytes", "0", "as of stdout"),
        new("stderr_events_enabled", "false", "as of stdout"),
        new("stderr_syslog", "false", "as of stdout"),
        new("environment", "A=\"1\",B=\"2\"", "variables added to the daemon's"),
        new("serverurl", "AUTO", "value of SUPERVISOR_SERVER_URL; AUTO the first server, NONE leaves it out"),
    ];

    private static readonly OptionInfo Priority = new("priority", "999", "lower starts earlier and stops later");

    private static readonly OptionInfo Redirect = new("redirect_stderr", "false",
        "standard error goes to stdout's log");

    /// <summary>By kind of section; a kind that ends with a colon stands before a name.</summary>
    public static OrderedDictionary<string, OptionInfo[]> Sections { get; } = new(StringComparer.Ordinal)
    {
        ["unix_http_server"] =
        [
            new("file", "/tmp/supervisor.sock", "path of the socket; required"),
            new("chmod", "0700", "its mode, octal"),
            new("chown", "nobody:nogroup", "its owner; default who starts the daemon"),
            .. Login,
        ],
        ["inet_http_server"] =
        [
            new("port", "127.0.0.1:9001", "host:port, or *:port for all addresses; required"),
            new("allowed_hosts", "app.example.com", "without a password: other names to be called by; * any"),
            .. Login,
        ],
        ["supervisord"] =
        [
            new("logfile", "supervisord.log", "the daemon's log, from the working directory"),
            new("logfile_maxbytes", "50MB", "size at which it is rotated; 0 never"),
            new("logfile_backups", "10", "rotated logs that are kept"),
            new("loglevel", "info", "critical, error, warn, info, debug, trace or blather"),
            new("pidfile", "supervisord.pid", "where the daemon's pid is written"),
            new("nodaemon", "false", "stay in the foreground"),
            new("silent", "false", "in the foreground, no log on standard output"),
            new("minfds", "1024", "open files that the daemon must be allowed"),
            new("minprocs", "200", "processes that it must be allowed"),
            new("umask", "022", "octal"),
            new("user", "nobody", "become this user at start; needs root"),
            new("identifier", "supervisor", "name of this daemon, in events and of AUTO logs"),
            new("directory", "/tmp", "change there as a daemon; default stay"),
            new("nocleanup", "false", "keep the AUTO logs of earlier runs"),
            new("childlogdir", "/tmp", "where AUTO logs are; default the directory for temporary files"),
            new("environment", "A=\"1\",B=\"2\"", "variables added to those of every process"),
            new("strip_ansi", "false", "take colours out of the processes' logs"),
            new("leftovers", "report", "of a daemon that was killed: report, stop (and start afresh) or adopt"),
        ],
        ["rpcinterface:"] =
        [
            new("supervisor.rpcinterface_factory", "supervisor.rpcinterface:make_main_rpcinterface",
                "required for supervisorctl and the status page"),
        ],
        ["supervisorctl"] =
        [
            new("serverurl", "unix:///tmp/supervisor.sock",
                "http://host:port or unix:///path; default http://localhost:9001"),
            .. Login,
            new("prompt", "supervisor", "what the shell shows before each line"),
            new("history_file", "~/.supervisorctl_history", "where the shell's lines are kept; default nowhere"),
        ],
        ["program:"] = [.. Process, Priority, Redirect],
        ["eventlistener:"] =
        [
            new("events", "PROCESS_STATE", "events to get, commas between; required"),
            new("buffer_size", "10", "events that wait; the oldest falls out"),
            new("result_handler", "supervisor.dispatchers:default_handler", "only this one exists here"),
            .. Process,
            Priority with { Sample = "-1" },
            Redirect with { Meaning = "true is an error: standard output is the protocol's" },
        ],
        ["fcgi-program:"] =
        [
            new("socket", "tcp://127.0.0.1:9000", "or unix:///path; opened here, given as standard input; required"),
            new("socket_backlog", "128", "connections that wait; default the system's"),
            new("socket_owner", "nobody:nogroup", "of a unix socket; default the program's user"),
            new("socket_mode", "0700", "of a unix socket, octal"),
            .. Process,
            Priority,
            Redirect,
        ],
        ["group:"] = [new("programs", "first,second", "names of programs, commas between; required"), Priority],
        ["include"] = [new("files", "conf.d/*.conf", "paths and patterns from this file's directory, blanks between")],
    };
}
