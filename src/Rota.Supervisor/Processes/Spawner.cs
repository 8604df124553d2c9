using System.Collections;
using Rota.Supervisor.Config;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes;

/// <summary>Makes a process with its pipes.</summary>
/// <param name="serverUrl">What children find in SUPERVISOR_SERVER_URL; null when nothing listens.</param>
/// <param name="keepsPipes">The pipes of programs outlive this daemon, so that the next one can take them up.</param>
internal sealed class Spawner(string? serverUrl, bool keepsPipes)
{
    /// <summary>Our ends of the pipes of a process that lives.</summary>
    /// <param name="Stdin">Null where the process reads a socket instead.</param>
    /// <param name="Stderr">Null where it goes into stdout.</param>
    /// <param name="GroupProblem">Why it was started outside of its control group.</param>
    internal sealed record Child(int Pid, int? Stdin, int Stdout, int? Stderr, string? GroupProblem = null);

    private readonly Dictionary<string, string> _base = ReadEnvironment();

    /// <exception cref="LaunchException">The sentence for `spawnerr`. Nothing is left open.</exception>
    /// <param name="variables">Of `[supervisord]`, and above these the process's own.</param>
    /// <param name="socket">What becomes the child's standard input instead of a pipe.</param>
    /// <param name="groupEntry">Of its control group; null: it has none of its own.</param>
    public Child Spawn(ProcessConfig config, GroupConfig group, IReadOnlyList<EnvironmentVariable> variables,
        int? socket, string? groupEntry)
    {
        var launch = Launch.Of(config, EnvironmentOf(config, group.Name, variables), groupEntry);
        var pipes = new List<int>();
        var lasts = keepsPipes && group.Kind == GroupKind.Programs;
        try
        {
            (int Read, int Write)? input = socket is null ? Keep(Descriptors.PipeToChild(lasts), pipes) : null;
            var output = Keep(Descriptors.PipeFromChild(lasts), pipes);
            (int Read, int Write)? error =
                config.RedirectStderr ? null : Keep(Descriptors.PipeFromChild(lasts), pipes);

            var failed = PosixSpawn.Start(launch.File, launch.Arguments, launch.Environment,
                input?.Read ?? socket!.Value, output.Write, error?.Write ?? output.Write, config.Directory,
                session: false, out var pid);
            if (failed != 0)
                throw Explain(failed, config);

            CloseAll(input?.Read ?? -1, output.Write, error?.Write ?? -1);
            return new(pid, input?.Write, output.Read, error?.Read, launch.GroupProblem);
        }
        catch (SystemCallException failure)
        {
            CloseAll([.. pipes]);
            throw NoPipes(failure, config);
        }
        catch (LaunchException)
        {
            CloseAll([.. pipes]);
            throw;
        }
    }

    /// <summary>As <see cref="Spawn"/>, without any input or output, files of variables and secrets; the pid.</summary>
    /// <exception cref="LaunchException">The sentence for the log.</exception>
    public int SpawnSilent(ProcessConfig config, string group, ValueList<EnvironmentVariable> forAll)
    {
        var launch = Launch.Of(config, EnvironmentOf(config, group, [.. forAll, .. config.Environment]), null);
        var nothing = Descriptors.Open("/dev/null", Descriptors.ReadWrite);
        var failed = PosixSpawn.Start(launch.File, launch.Arguments, launch.Environment, nothing, nothing, nothing,
            config.Directory, session: false, out var pid);
        Descriptors.Close(nothing);
        return failed == 0 ? pid : throw Explain(failed, config);
    }

    public static LaunchException NoPipes(SystemCallException failure, ProcessConfig config) =>
        new(FaultCode.SpawnError, failure.Error == Errno.TooManyFiles
            ? $"too many open files to spawn '{config.Name}'"
            : $"unknown error making dispatchers for '{config.Name}': {Errno.Name(failure.Error)}");

    private static LaunchException Explain(int error, ProcessConfig config)
    {
        const int noMemory = 12;
        var message = error switch
        {
            Errno.Again => $"Too many processes in process table to spawn '{config.Name}'",
            noMemory => $"unknown error during fork for '{config.Name}': {Errno.Name(error)}",
            _ when config.Directory is { } folder && !IsUsable(folder) =>
                $"couldn't chdir to {folder}: {Errno.Name(error)}",
            _ => $"couldn't exec {config.Arguments![0]}: {Errno.Name(error)}",
        };
        return new(FaultCode.SpawnError, message);
    }

    private static bool IsUsable(string folder) =>
        Files.Mode(folder) is { } mode && Files.IsFolder(mode) && Files.MayRun(folder);

    private List<string> EnvironmentOf(ProcessConfig config, string group, IEnumerable<EnvironmentVariable> variables)
    {
        var all = new Dictionary<string, string>(_base) { ["SUPERVISOR_ENABLED"] = "1" };
        var url = config.ServerUrl ?? serverUrl;
        if (!string.IsNullOrEmpty(url))
            all["SUPERVISOR_SERVER_URL"] = url;
        all["SUPERVISOR_PROCESS_NAME"] = config.Name;
        all["SUPERVISOR_GROUP_NAME"] = group;
        foreach (var (name, value) in variables)
            all[name] = value;
        return [.. all.Select(variable => $"{variable.Key}={variable.Value}")];
    }

    private static Dictionary<string, string> ReadEnvironment() => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");

    private static (int Read, int Write) Keep((int Read, int Write) pipe, List<int> pipes)
    {
        pipes.Add(pipe.Read);
        pipes.Add(pipe.Write);
        return pipe;
    }

    private static void CloseAll(params ReadOnlySpan<int> descriptors)
    {
        foreach (var descriptor in descriptors)
            Descriptors.Close(descriptor);
    }
}
