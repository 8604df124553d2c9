using System.Collections;
using System.Text;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Daemon;

/// <summary>Becoming a daemon: this program once more, in a session of its own, without the terminal.</summary>
/// <remarks>
/// A .NET process cannot be forked, so the first one starts the second with the same words and waits for its report, a
/// line on what is its standard output until then. What keeps the second from starting goes to standard error as usual,
/// and its exit code is ours. So whoever starts the daemon knows when it has come up, as with supervisord.
/// </remarks>
internal static class Detachment
{
    private const string Mark = "ROTA_SUPERVISE_DETACHED";
    private const int StandardOutput = 1;
    private const int StandardError = 2;

    private static readonly byte[] Up = "up\n"u8.ToArray();

    /// <summary>Whether this is the second one. Its children do not inherit the mark.</summary>
    public static bool IsDetached()
    {
        var isDetached = Environment.GetEnvironmentVariable(Mark) == "1";
        Environment.SetEnvironmentVariable(Mark, null);
        return isDetached;
    }

    /// <summary>The words that this program was started with, the first of which is its name.</summary>
    public static string[] CommandLine() =>
        Encoding.UTF8.GetString(File.ReadAllBytes("/proc/self/cmdline")).TrimEnd('\0').Split('\0');

    /// <summary>In the first: starts the second and returns when it is up, or has failed with the code returned.</summary>
    public static int Run()
    {
        var program = File.ResolveLinkTarget("/proc/self/exe", returnFinalTarget: false)!.FullName;
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(entry => $"{entry.Key}={entry.Value}").Append($"{Mark}=1").ToList();
        var (report, reportEnd) = Descriptors.Pipe();
        var nothing = OpenNothing();
        var failed = PosixSpawn.Start(program, CommandLine(), environment, nothing, reportEnd, StandardError,
            directory: null, session: true, out var pid);
        if (failed != 0)
            throw new StartException($"Cannot become a daemon: {Errno.Message(failed)}; use -n to stay in the foreground");
        Descriptors.Close(reportEnd);

        var answer = new byte[Up.Length];
        if (Descriptors.Read(report, answer) == Up.Length)
            return SupervisordCommand.Good;
        return Children.Await(pid) is { Status: >= 0 } exit ? exit.Status : SupervisordCommand.BadUsage;
    }

    /// <summary>In the second: its standard output is free for nothing else from now on.</summary>
    /// <returns>What to call when it is up.</returns>
    public static Action TakeStreams()
    {
        var report = Descriptors.Duplicate(StandardOutput);
        Silence(StandardOutput);
        return () =>
        {
            Silence(StandardError);
            Descriptors.WriteAll(report, Up);
            Descriptors.Close(report);
        };
    }

    private static void Silence(int number)
    {
        var nothing = OpenNothing();
        Descriptors.Replace(number, nothing);
        Descriptors.Close(nothing);
    }

    private static int OpenNothing() => Descriptors.Open("/dev/null", Descriptors.ReadWrite);
}
