namespace Rota.Supervisor.Native;

/// <summary>Signals as Python names them on Linux.</summary>
internal static class Signals
{
    public const int Hangup = 1;
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;
    public const int User1 = 10;
    public const int User2 = 12;
    public const int Terminate = 15;

    /// <summary>What a daemon listens to.</summary>
    public static IReadOnlyList<int> OfDaemon { get; } = [Hangup, Interrupt, Quit, User1, User2, Terminate];

    private static readonly string[] Numbered =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "POLL", "PWR", "SYS",
    ];

    /// <summary>`SIGTERM`; `signal 40` where it has no name.</summary>
    public static string Name(int signal) => signal switch
    {
        > 0 and < 32 => "SIG" + Numbered[signal],
        34 => "SIGRTMIN",
        64 => "SIGRTMAX",
        _ => $"signal {signal}",
    };
}
