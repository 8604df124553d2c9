namespace Rota.Supervisor.Config;

/// <summary>Signals of Linux by name and number.</summary>
internal static class SignalNames
{
    /// <summary>Index is the number; 0 only asks whether the process is there.</summary>
    private static readonly string[] Names =
    [
        "0", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    ];

    private const int FirstRealTime = 34;
    private const int LastRealTime = 64;

    /// <summary>The number of `TERM`, `SIGTERM`, `term` or `15`; null when there is no such signal.</summary>
    public static int? Parse(string text)
    {
        if (PythonText.ParseInt(text) is { } number)
            return number is >= 0 and < 32 or FirstRealTime or LastRealTime ? (int)number : null;
        var name = PythonText.Strip(text).ToUpperInvariant();
        if (name.StartsWith("SIG", StringComparison.Ordinal))
            name = name[3..];
        return name switch
        {
            "RTMIN" => FirstRealTime,
            "RTMAX" => LastRealTime,
            "CLD" => Parse("CHLD"),
            "IOT" => Parse("ABRT"),
            "POLL" => Parse("IO"),
            _ => Array.IndexOf(Names, name) is > 0 and var found ? found : null,
        };
    }
}
