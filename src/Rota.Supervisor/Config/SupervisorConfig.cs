namespace Rota.Supervisor.Config;

/// <summary>What one supervisord.conf with all that it includes says, read, expanded and checked.</summary>
/// <remarks>Everything below is a value: two readings of the same text are equal, which is how `reread` finds what
/// changed. Lists are <see cref="ValueList{T}"/> for that reason.</remarks>
internal sealed record SupervisorConfig
{
    /// <summary>Absolute path of the main file.</summary>
    public required string Path { get; init; }

    public required DaemonConfig Daemon { get; init; }

    /// <summary>Unix sockets and TCP ports, in the order in which they are opened: TCP first.</summary>
    public required ValueList<ServerConfig> Servers { get; init; }

    /// <summary>Ascending by priority, then by name: the order in which they are started.</summary>
    public required ValueList<GroupConfig> Groups { get; init; }

    /// <summary>Null when the file has no `[supervisorctl]`.</summary>
    public ControlConfig? Control { get; init; }

    /// <summary>Each `[rpcinterface:NAME]`. Without one named `supervisor` there is no API.</summary>
    public required ValueList<string> Interfaces { get; init; }

    /// <summary>One sentence each, with file and line: unknown options, globs without a match, ignored
    /// values.</summary>
    public required ValueList<string> Warnings { get; init; }
}

/// <summary>`[supervisord]`, after the command line's options. Sizes are bytes.</summary>
internal sealed record DaemonConfig
{
    public required string LogFile { get; init; }

    public long LogFileMaxBytes { get; init; } = 50 * 1024 * 1024;

    public int LogFileBackups { get; init; } = 10;

    public LogLevel LogLevel { get; init; } = LogLevel.Info;

    public required string PidFile { get; init; }

    /// <summary>Octal in the file.</summary>
    public int Umask { get; init; } = 0b000_010_010;

    public bool NoDaemon { get; init; }

    public bool Silent { get; init; }

    public int MinFds { get; init; } = 1024;

    public int MinProcs { get; init; } = 200;

    public bool NoCleanup { get; init; }

    public required string ChildLogDir { get; init; }

    /// <summary>Null: stay who started us.</summary>
    public UserIds? User { get; init; }

    /// <summary>Null: stay where we are.</summary>
    public string? Directory { get; init; }

    public bool StripAnsi { get; init; }

    /// <summary>For every child; a program's own stand above it.</summary>
    public ValueList<EnvironmentVariable> Environment { get; init; } = [];

    public string Identifier { get; init; } = "supervisor";

    public LeftoverRule Leftovers { get; init; } = LeftoverRule.Report;
}

/// <summary>What is done with processes that a killed daemon has left running: told of, ended and started afresh, or
/// taken over.</summary>
internal enum LeftoverRule { Report, Stop, Adopt }

/// <summary>From least to most; a line is written when its level is at most the configured one.</summary>
internal enum LogLevel { Critical, Error, Warn, Info, Debug, Trace, Blather }

/// <summary>One place to listen at: exactly one of <see cref="SocketPath"/> and <see cref="Port"/> is set.</summary>
internal sealed record ServerConfig
{
    /// <summary>The section's name, for the log.</summary>
    public required string Section { get; init; }

    public string? SocketPath { get; init; }

    /// <summary>Octal in the file.</summary>
    public int SocketMode { get; init; } = 0b111_000_000;

    public UserIds? SocketOwner { get; init; }

    /// <summary>Empty: all addresses.</summary>
    public string Host { get; init; } = "";

    public int? Port { get; init; }

    /// <summary>Names by which it may be called without a password, beside those that only this machine can have; `*`
    /// allows any.</summary>
    public ValueList<string> AllowedHosts { get; init; } = [];

    /// <summary>Null: anyone who reaches it may call. Never null alone.</summary>
    public string? Username { get; init; }

    /// <summary>Plain, or `{SHA}` and a hexadecimal SHA-1. Never printed.</summary>
    public string? Password { get; init; }
}

/// <summary>`[supervisorctl]`.</summary>
internal sealed record ControlConfig(string ServerUrl, string? Username, string? Password, string Prompt,
    string? HistoryFile);

internal enum GroupKind { Programs, FastCgi, EventListeners }

/// <summary>Processes that are added, removed and updated together: one `[program]` that no group names, or one
/// `[group]`, `[fcgi-program]` or `[eventlistener]`.</summary>
internal sealed record GroupConfig
{
    public required string Name { get; init; }

    public required GroupKind Kind { get; init; }

    public int Priority { get; init; } = 999;

    /// <summary>Ascending by priority, then by name.</summary>
    public required ValueList<ProcessConfig> Processes { get; init; }

    /// <summary>The socket that all processes of a FastCGI group get as their standard input.</summary>
    public FastCgiSocket? Socket { get; init; }

    /// <summary>Names of events, of listeners only.</summary>
    public ValueList<string> Events { get; init; } = [];

    /// <summary>How many events wait for a free listener; the oldest falls out.</summary>
    public int EventBufferSize { get; init; } = 10;

    /// <summary>The file's words; only the default handler exists here.</summary>
    public string ResultHandler { get; init; } = "supervisor.dispatchers:default_handler";
}

/// <summary>`tcp://host:port` or `unix:///path`.</summary>
internal sealed record FastCgiSocket(string Url, int? Backlog, UserIds? Owner, int Mode);

/// <summary>One process: one of the `numprocs` of a program, with its expansions done.</summary>
internal sealed record ProcessConfig
{
    public required string Name { get; init; }

    /// <summary>As in the file after expansion; <see cref="Arguments"/> is what it splits into.</summary>
    public required string Command { get; init; }

    /// <summary>Null where the command cannot be split (an open quote): the process cannot be spawned then.</summary>
    public ValueList<string>? Arguments { get; init; }

    public int Priority { get; init; } = 999;

    public bool AutoStart { get; init; } = true;

    public int StartSeconds { get; init; } = 1;

    public int StartRetries { get; init; } = 3;

    public AutoRestart AutoRestart { get; init; } = AutoRestart.Unexpected;

    public ValueList<int> ExitCodes { get; init; } = [0];

    /// <summary>A signal's number.</summary>
    public int StopSignal { get; init; } = 15;

    public int StopWaitSeconds { get; init; } = 10;

    public bool StopAsGroup { get; init; }

    public bool KillAsGroup { get; init; }

    public UserIds? User { get; init; }

    public string? Directory { get; init; }

    public int? Umask { get; init; }

    /// <summary>The daemon's are not among them.</summary>
    public ValueList<EnvironmentVariable> Environment { get; init; } = [];

    /// <summary>Null: the first server that listens; empty: the variable is left out.</summary>
    public string? ServerUrl { get; init; }

    public bool RedirectStderr { get; init; }

    public OutputConfig Stdout { get; init; } = new();

    public OutputConfig Stderr { get; init; } = new();
}

internal enum AutoRestart { Never, Unexpected, Always }

/// <summary>Where one of a process's two outputs goes.</summary>
internal sealed record OutputConfig
{
    public OutputTarget Target { get; init; } = OutputTarget.Auto;

    /// <summary>Of <see cref="OutputTarget.File"/>.</summary>
    public string? Path { get; init; }

    /// <summary>0 never rotates.</summary>
    public long MaxBytes { get; init; } = 50 * 1024 * 1024;

    public int Backups { get; init; } = 10;

    /// <summary>What is kept between the marks of a communication event; 0 looks for no marks.</summary>
    public long CaptureMaxBytes { get; init; }

    public bool EventsEnabled { get; init; }

    public bool Syslog { get; init; }
}

internal enum OutputTarget { None, Auto, File }

/// <summary>A user of the system, by name as written, with what a process of that user gets.</summary>
internal sealed record UserIds(string Name, int UserId, int GroupId);

internal sealed record EnvironmentVariable(string Name, string Value);
