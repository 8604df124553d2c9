namespace Rota.Supervisor.Config;

/// <summary>Reads what stands behind an option. Each throws <see cref="ValueException"/>.</summary>
internal static class Values
{
    private static readonly string[] Truths = ["yes", "true", "on", "1"];
    private static readonly string[] Lies = ["no", "false", "off", "0"];

    public static bool Bool(string text)
    {
        var word = text.ToLowerInvariant();
        if (!Truths.Contains(word) && !Lies.Contains(word))
            throw Bad(text, "no boolean", "write true or false");
        return Truths.Contains(word);
    }

    public static int Int(string text) =>
        PythonText.ParseInt(text) is >= int.MinValue and <= int.MaxValue and var number
            ? (int)number
            : throw Bad(text, "no whole number", "write digits only, for example 10");

    public static int Octal(string text) => PythonText.ParseOctal(text) is >= 0 and <= 0b111_111_111_111 and var number
        ? (int)number
        : throw Bad(text, "no octal number", "write digits from 0 to 7, for example 022");

    /// <summary>KB, MB and GB are powers of 1024, in either case; below zero counts as zero.</summary>
    public static long Bytes(string text)
    {
        var lower = text.ToLowerInvariant();
        var factor = lower.Length < 2 ? 1
            : lower[^2..] switch { "kb" => 1L << 10, "mb" => 1L << 20, "gb" => 1L << 30, _ => 1 };
        if (PythonText.ParseInt(factor == 1 ? lower : lower[..^2]) is { } number && number < long.MaxValue / factor)
            return Math.Max(0, number * factor);
        throw Bad(text, "no size", "write bytes, or a number with KB, MB or GB, for example 50MB");
    }

    public static int Signal(string text) => SignalNames.Parse(text)
        ?? throw Bad(text, "no signal", "write a name or a number, for example TERM or 15");

    public static ValueList<int> ExitCodes(string text)
    {
        if (text.Length == 0)
            return [];
        return new([.. text.Split(',').Select(code => PythonText.ParseInt(code) is >= 0 and <= 255 and var number
            ? (int)number
            : throw Bad(text, "no list of exit codes", "write numbers from 0 to 255, for example 0,2"))]);
    }

    public static LogLevel LogLevel(string text) => text.ToLowerInvariant() switch
    {
        "critical" => Config.LogLevel.Critical,
        "error" => Config.LogLevel.Error,
        "warn" => Config.LogLevel.Warn,
        "info" => Config.LogLevel.Info,
        "debug" => Config.LogLevel.Debug,
        "trace" => Config.LogLevel.Trace,
        "blather" => Config.LogLevel.Blather,
        _ => throw Bad(text, "no log level", "write critical, error, warn, info, debug, trace or blather"),
    };

    public static AutoRestart AutoRestart(string text) => text.ToLowerInvariant() switch
    {
        "unexpected" => Config.AutoRestart.Unexpected,
        var word when Truths.Contains(word) => Config.AutoRestart.Always,
        var word when Lies.Contains(word) => Config.AutoRestart.Never,
        _ => throw Bad(text, "no way to restart", "write unexpected, true or false"),
    };

    public static LeftoverRule Leftovers(string text) => text.ToLowerInvariant() switch
    {
        "report" => LeftoverRule.Report,
        "stop" => LeftoverRule.Stop,
        "adopt" => LeftoverRule.Adopt,
        _ => throw Bad(text, "nothing to do with leftovers", "write report, stop or adopt"),
    };

    /// <summary>`host:port`, `*:port` or a port; the host is empty for all addresses.</summary>
    public static (string Host, int Port) Address(string text)
    {
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? "" : text[..colon].ToLowerInvariant();
        return (host == "*" ? "" : host, Port(text, text[(colon + 1)..]));
    }

    public static int Port(string text, string digits) => PythonText.ParseInt(digits) is >= 1 and <= 0xffff and var port
        ? (int)port
        : throw Bad(text, "no address", "write host:port, for example 127.0.0.1:9001; the port is 1 to 65535");

    /// <summary>The name of a program, a group or a process.</summary>
    public static string Name(string text)
    {
        var name = PythonText.Strip(text);
        return name.AsSpan().IndexOfAny(' ', ':', '/') < 0
            ? name
            : throw Bad(text, "no name", "write a name without blanks, colons and slashes");
    }

    public static IReadOnlyList<string> Strings(string? text) =>
        string.IsNullOrEmpty(text) ? [] : text.Split(',').Select(word => PythonText.Strip(word)).ToList();

    public static string ExistingDirectory(string text)
    {
        var path = ExpandUser(text);
        return Directory.Exists(path)
            ? path
            : throw Bad(text, "no directory that exists", "make the directory, or write another");
    }

    /// <summary>A file that need not be there, in a directory that is.</summary>
    public static string PathInDirectory(string text)
    {
        if (text.Length == 0)
            throw new ValueException("is empty", "write a path, or leave the option out");
        var path = ExpandUser(text);
        var directory = path[..(path.LastIndexOf('/') + 1)];
        return directory.Length == 0 || Directory.Exists(directory)
            ? path
            : throw Bad(text, "in a directory that does not exist", "make the directory, or write another path");
    }

    /// <summary>Absolute, without `.` and `..`, `~` and `~user` in front replaced.</summary>
    public static string FullPath(string text) => Path.GetFullPath(ExpandUser(text));

    public static ValueException Bad(string text, string what, string write) =>
        new($"{PythonText.Repr(text)} is {what}", write);

    private static string ExpandUser(string path)
    {
        if (!path.StartsWith('~'))
            return path;
        var end = path.IndexOf('/') is >= 0 and var slash ? slash : path.Length;
        var home = end == 1
            ? Environment.GetEnvironmentVariable("HOME") ?? Accounts.HomeOf(Environment.UserName)
            : Accounts.HomeOf(path[1..end]);
        return home is null ? path : home.TrimEnd('/') + path[end..] is "" ? "/" : home.TrimEnd('/') + path[end..];
    }
}
