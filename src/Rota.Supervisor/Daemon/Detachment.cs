using System.Collections;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Daemon;

/// <summary>Becoming a daemon: this program once more, in a session of its own, without the terminal.</summary>
/// <remarks>
/// A .NET process cannot be forked, so the first one starts the second with the same words and waits for its report on
/// a pipe, which is what the second has for standard output and error until it is up. What it says there goes on to our
/// standard error, and its exit code is ours. So whoever starts the daemon knows when it has come up, as with
/// supervisord. The second never gets our own streams: the runtime keeps copies of those it is born with, and whoever
/// waits for their end (ssh, a pipeline) would wait as long as the daemon lives.
/// </remarks>
internal static class Detachment
{
    private const string Mark = "ROTA_SUPERVISE_DETACHED";
    private const int StandardOutput = 1;
    private const int StandardError = 2;

    private static readonly byte[] Up = "\0up\n"u8.ToArray();

    /// <summary>Whether this is the second one. Its children do not inherit the mark.</summary>
    public static bool IsDetached()
    {
        var isDetached = Environment.GetEnvironmentVariable(Mark) == "1";
        Environment.SetEnvironmentVariable(Mark, null);
        return isDetached;
    }

    /// <summary>In the first: starts the second and returns when it is up, or has failed with the code
    /// returned.</summary>
    public static int Run()
    {
        var program = ProgramImage.Path();
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(entry => $"{entry.Key}={entry.Value}").Append($"{Mark}=1").ToList();
        var (report, reportEnd) = Descriptors.Pipe();
        var nothing = OpenNothing();
        var failed = PosixSpawn.Start(program, ProgramImage.CommandLine(), environment, nothing, reportEnd, reportEnd,
            directory: null, session: true, out var pid);
        if (failed != 0)
        {
            throw new StartException($"Cannot become a daemon: {Errno.Message(failed)}; "
                + "use -n to stay in the foreground");
        }
        Descriptors.Close(reportEnd);

        if (RelayUntilUp(report))
            return SupervisordCommand.Good;
        return Children.Await(pid) is { Status: >= 0 } exit ? exit.Status : SupervisordCommand.BadUsage;
    }

    /// <summary>False when the second ends before it is up.</summary>
    private static bool RelayUntilUp(int report)
    {
        var buffer = new byte[4096];
        while (Descriptors.Read(report, buffer) is > 0 and var count)
        {
            var text = buffer.AsSpan(0, count);
            var isUp = text.EndsWith(Up);
            Descriptors.WriteAll(StandardError, isUp ? text[..^Up.Length] : text);
            if (isUp)
                return true;
        }
        return false;
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
