using Rota.Supervisor.Config;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes;

/// <summary>A program that can be started: where its file is, and with which words and environment.</summary>
/// <remarks>A user, limits, a umask or a control group cannot be given to posix_spawn. Such a program is started
/// through `setpriv`, for limits through `prlimit`, for the other two through shells whose text never changes and which
/// get all values as arguments; all then become the program, with the same pid. The group comes first: it needs the
/// daemon's rights, and whatever the program does from its first moment on is done inside. Whom the system does not let
/// in runs all the same, outside.</remarks>
internal sealed record Launch(string File, IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment)
{
    private const string GroupText = "{ echo 0 > \"$1\"; } 2> /dev/null; shift; exec \"$@\"";
    private const string UmaskText = "umask \"$1\" && shift && exec \"$@\"";

    private static readonly string[] DefaultPath = ["/bin", "/usr/bin", "/usr/local/bin"];

    /// <summary>Why it starts outside of the control group that it was to enter; null: it enters, or was to enter none.
    /// </summary>
    public string? GroupProblem { get; private init; }

    /// <summary>Where the command's file is, and whether it may be run.</summary>
    /// <exception cref="LaunchException">Supervisor's own sentences.</exception>
    public static (string File, IReadOnlyList<string> Arguments) Find(ProcessConfig config)
    {
        if (config.Arguments is not { } words)
            throw Unfit($"can't parse command {PythonText.Repr(config.Command)}: No closing quotation");
        if (words.Count == 0)
            throw Unfit("command is empty");

        var program = words[0];
        var file = program.Contains('/') ? program : FindInPath(program, PathOf(config)) ?? program;
        var shown = PythonText.Repr(file);
        if (Files.Mode(file) is not { } mode)
            throw new LaunchException(FaultCode.NoFile, $"can't find command {shown}");
        if (Files.IsFolder(mode))
            throw Unfit($"command at {shown} is a directory");
        if ((mode & 0b001_001_001) == 0)
            throw Unfit($"command at {shown} is not executable");
        if (!Files.MayRun(file))
            throw Unfit($"no permission to run command {shown}");
        return (file, words);
    }

    /// <summary>Find, with all that it takes to become the configured user.</summary>
    /// <param name="groupEntry">By what it enters its control group; null: it stays in the daemon's.</param>
    public static Launch Of(ProcessConfig config, IReadOnlyList<string> environment, string? groupEntry)
    {
        var (file, words) = Find(config);
        var shell = LaunchShell.For(environment);
        List<string> prefix =
        [
            .. GroupPrefix(groupEntry, shell), .. UmaskPrefix(config.Umask, shell),
            .. LimitPrefix(config.Life.Limits), .. UserPrefix(config.User),
        ];
        var launch = prefix.Count == 0
            ? new Launch(file, words, environment)
            : new(prefix[0], [.. prefix, file, .. words.Skip(1)], environment);
        return launch with { GroupProblem = groupEntry is null ? null : shell.Problem };
    }

    private static IEnumerable<string> GroupPrefix(string? entry, LaunchShell shell) =>
        entry is null || shell.Problem is not null ? [] : [.. shell.Words, "-c", GroupText, "supervisor", entry];

    /// <summary>Without its umask it would make files that others may read, and without its variables it would be
    /// another program.</summary>
    private static IEnumerable<string> UmaskPrefix(int? umask, LaunchShell shell)
    {
        if (umask is not { } mask)
            return [];
        if (shell.Problem is { } problem)
            throw Unfit($"couldn't set umask: {problem}");
        return [.. shell.Words, "-c", UmaskText, "supervisor", Convert.ToString(mask, 8)];
    }

    /// <summary>`prlimit` sets the limits of itself and becomes the program. To set those of the child after its spawn
    /// would be too late, as it runs already; to set and take back our own would also limit our other threads.
    /// </summary>
    private static List<string> LimitPrefix(LimitConfig limits)
    {
        if (limits is { OpenFiles: null, Processes: null })
            return [];
        List<string> words =
        [
            FindInPath("prlimit", LaunchShell.SystemFolders)
                ?? throw Unfit("couldn't set limits: there is no prlimit (package util-linux)"),
        ];
        if (limits.OpenFiles is { } files)
            words.Add($"--nofile={files}:{files}");
        if (limits.Processes is { } processes)
            words.Add($"--nproc={processes}:{processes}");
        return words;
    }

    private static IEnumerable<string> UserPrefix(UserIds? user)
    {
        if (user is null || user.UserId == Identity.UserId)
            return [];
        if (Identity.UserId != 0)
            throw Unfit($"couldn't setuid to {user.UserId}: Can't drop privilege as nonroot user");
        var setpriv = FindInPath("setpriv", LaunchShell.SystemFolders)
            ?? throw Unfit($"couldn't setuid to {user.UserId}: there is no setpriv (package util-linux)");
        return [setpriv, $"--reuid={user.UserId}", $"--regid={user.GroupId}", "--init-groups", "--"];
    }

    /// <summary>The program's own PATH stands above the daemon's.</summary>
    private static string[] PathOf(ProcessConfig config)
    {
        var own = config.Environment.LastOrDefault(variable => variable.Name == "PATH");
        if (own is not null)
            return own.Value.Split(':');
        var daemon = System.Environment.GetEnvironmentVariable("PATH");
        return string.IsNullOrEmpty(daemon) ? DefaultPath : daemon.Split(':');
    }

    private static string? FindInPath(string program, string[] folders) =>
        folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(path => Files.Mode(path) is not null);

    private static LaunchException Unfit(string message) => new(FaultCode.NotExecutable, message);
}

/// <summary>A program cannot be started as it is configured. The message is its `spawnerr`.</summary>
internal sealed class LaunchException(FaultCode code, string message) : Exception(message)
{
    public FaultCode Code { get; } = code;
}
