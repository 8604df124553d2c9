namespace Rota.Supervisor.Tests.Proof;

/// <summary>The file and the commands that all four pairs of daemon and client run.</summary>
internal static class ProofScript
{
    public const string Config = """
        [program:cat]
        command=cat
        stdout_logfile=DIR/cat.log
        startsecs=0
        priority=5
        [program:sleeper]
        command=sleep 1000
        autostart=false
        [program:many]
        command=sleep 1000
        process_name=many_%(process_num)02d
        numprocs=3
        autostart=false
        startsecs=0
        [program:ga]
        command=sleep 1000
        startsecs=0
        [program:gb]
        command=sleep 1000
        autostart=false
        startsecs=0
        [group:g]
        programs=ga,gb
        priority=3
        [program:quick]
        command=sh -c "sleep 0.5; exit 3"
        startsecs=10
        autostart=false
        startretries=0
        [program:nofile]
        command=/not/there
        autostart=false
        startretries=0
        [program:notexec]
        command=/etc/passwd
        autostart=false
        [program:once]
        command=sh -c "echo out; echo err >&2; env | grep ^SUPERVISOR_ | sort"
        environment=WHO="me"
        autostart=false
        autorestart=false
        startsecs=0
        [program:silent]
        command=sleep 1000
        stdout_logfile=NONE
        stderr_logfile=NONE
        startsecs=0
        [program:a_name_that_is_longer_than_thirty_letters]
        command=sleep 1000
        autostart=false
        user=root
        umask=027
        directory=/tmp

        """;

    /// <summary>Takes a second to die: meanwhile the daemon answers that it is shutting down.</summary>
    public const string Stubborn = """
        [program:stubborn]
        command=sh -c "trap '' TERM; sleep 1000 & while :; do wait; done"
        stopwaitsecs=2
        killasgroup=true
        startsecs=0
        stdout_logfile=NONE

        """;

    public const string Changed = """
        [program:cat]
        command=cat
        stdout_logfile=DIR/cat.log
        startsecs=0
        priority=6
        [program:sleeper]
        command=sleep 1001
        autostart=false
        [program:fresh]
        command=sleep 1000
        startsecs=0
        [program:ga]
        command=sleep 1000
        startsecs=0
        [program:gb]
        command=sleep 1000
        autostart=false
        startsecs=0
        [group:g]
        programs=ga,gb
        priority=3

        """;

    public const string Broken = "[program:x]\nstartsecs=soon\ncommand=x\n";

    /// <summary>A line for the client; `write NAME` writes that text to the file, `shell` lines are typed in the shell.
    /// </summary>
    public static string[] Lines { get; } =
    [
        "start sleeper", "status", "status all", "status cat", "status g:*", "status many:* cat", "status nothing cat",
        "status nogroup:*", "status many:nothing", "avail", "version", "pid", "pid cat", "pid all", "pid gb",
        "pid g:gb", "pid nothing", "start cat", "start many:many_00", "start many:*", "status many:*", "start g:gb",
        "start g:gb g:ga", "start nothing", "start nogroup:*", "start nofile", "start notexec", "start quick",
        "start once", "status quick", "start", "stop many:many_01", "stop many:many_01", "stop many:*", "stop nothing",
        "stop nogroup:*", "stop", "restart cat", "restart many:many_00", "restart nothing", "restart", "restart g:*",
        "signal HUP", "signal SIGUSR1 nothing", "signal NOSUCH cat", "signal 0 cat", "signal winch g:*",
        "signal CONT nogroup:*", "signal CONT quick", "clear cat", "clear nothing", "clear", "clear cat once",
        "tail once", "tail once stderr", "tail -5 cat", "tail silent", "tail nothing", "tail cat nochannel",
        "tail -x cat",
        "tail", "tail -f", "tail a b c d", "maintail a b", "maintail -x", "maintail x", "reread", "reread now",
        "update", "add cat", "add nothing", "remove cat", "remove nothing", "remove quick nofile", "avail now",
        "add quick",
        "fg", "fg a b", "fg nothing", "fg gb", "open ftp://x", "nonsense", "!x", "help start", "help nothing",
        "help", "help help", "?pid", "shutdown now", "reload now", "version now",
        "write Changed", "reread", "reread", "avail", "update nothing", "update fresh", "status", "update", "status",
        "avail",
        "update", "write Broken", "reread", "update",
        "write Changed", "stop all", "status", "start all", "signal CONT all", "clear all", "restart all",
        "reload", "start sleeper", "shell status cat\nhelp exit\n\nstop cat\nshutdown\nn\nEOF", "shell exit",
        "shutdown",
    ];

    /// <summary>Clients that reach nobody.</summary>
    public static string[] LinesAfterwards { get; } =
        ["status", "start cat", "stop cat", "shutdown", "reload", "version", "tail cat", "maintail", "fg cat", "pid",
            "clear cat"];
}
