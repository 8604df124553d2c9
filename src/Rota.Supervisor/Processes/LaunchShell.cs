using System.Buffers;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes;

/// <summary>The shell by way of which a program starts, so that all variables reach it.</summary>
/// <remarks>A shell hands on the variables that it knows, and some (dash, busybox) do not take in those whose names are
/// no identifiers, such as `discovery.type`. Bash does; with -p it reads no file that a variable names, and takes no
/// functions from variables.</remarks>
/// <param name="Words">Before `-c`; not to be used where there is a problem.</param>
/// <param name="Problem">Which variable would not reach the program, and what to do; null: all do.</param>
internal sealed record LaunchShell(IReadOnlyList<string> Words, string? Problem)
{
    public static readonly string[] SystemFolders = ["/usr/bin", "/bin", "/usr/local/bin"];

    private static readonly SearchValues<char> InNames =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    /// <param name="environment">`NAME=value`.</param>
    public static LaunchShell For(IReadOnlyList<string> environment)
    {
        if (environment.Select(NameOf).FirstOrDefault(name => !IsIdentifier(name)) is not { } name)
            return new(["/bin/sh"], null);
        var bash = SystemFolders.Select(folder => $"{folder}/bash").FirstOrDefault(Files.MayRun);
        return bash is null
            ? new([], $"/bin/sh would keep the variable {name} from it, and there is no bash, which would not; install "
                + "bash, or rename the variable")
            : new([bash, "-p"], null);
    }

    private static string NameOf(string variable) => variable[..variable.IndexOf('=')];

    private static bool IsIdentifier(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && !name.AsSpan().ContainsAnyExcept(InNames);
}
