using Rota.Supervisor.Config;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes;

/// <summary>What a daemon that was killed has left running, and what this one does with it: `leftovers`.</summary>
/// <remarks>
/// A leftover is known by its pid and its start, so that another process by the same number is never touched. Its exit
/// code is not ours to read. Taken over, it is a process that runs as any other; ended, it is taken over first and then
/// stopped as configured, and started afresh. Listeners and FastCGI processes are never kept: the middle of their talk,
/// and the socket that they accept from, are gone.
/// </remarks>
internal sealed class Leftovers
{
    private readonly LeftoverRule _rule;
    private readonly Dictionary<string, ChildRecord> _left;

    private Leftovers(LeftoverRule rule, IEnumerable<ChildRecord> left) =>
        (_rule, _left) = (rule, left.ToDictionary(child => child.Name));

    /// <summary>Where a daemon notes its children.</summary>
    public static string FileOf(DaemonConfig daemon) => daemon.PidFile + ".children";

    /// <summary>Looks for them and tells of each in the log; changes nothing.</summary>
    public static Leftovers Find(DaemonConfig daemon, MainLog log)
    {
        try
        {
            var noted = ChildrenFile.Read(FileOf(daemon));
            var left = new Leftovers(daemon.Leftovers, noted is null || IsOver(noted) || IsItsDaemonAlive(noted)
                ? []
                : noted.Children.Where(child => child.IsAlive).DistinctBy(child => child.Name));
            foreach (var child in left._left.Values)
                log.Warn($"left by an earlier daemon: {Describe(child)}{left.Consequence}");
            return left;
        }
        catch (InvalidDataException bad)
        {
            log.Warn($"what an earlier daemon left is unknown: {FileOf(daemon)}: {bad.Message}");
            return new(daemon.Leftovers, []);
        }
    }

    /// <summary>Those whose program is gone from the file are left alone.</summary>
    public void TellOfUnknown(ProcessTable table, MainLog log)
    {
        foreach (var child in _left.Values.ExceptBy(table.All.Select(process => process.FullName), child => child.Name))
            log.Warn($"left alone, since it is not in the file any more: {Describe(child)}");
    }

    /// <summary>True when the process has a child again and is not to be started.</summary>
    public bool TryTake(SupervisedProcess process, GroupKind kind, ProcessSurroundings around)
    {
        if (_rule == LeftoverRule.Report || !_left.TryGetValue(process.FullName, out var child) || !child.IsAlive)
            return false;
        if (!TryAdopt(process, child, around))
            return true;
        if (_rule == LeftoverRule.Adopt && kind == GroupKind.Programs && child.IsOf(process.Config))
        {
            around.Log.Info($"adopted: '{process.Config.Name}' with pid {child.Pid}");
            return true;
        }
        process.Stop();
        process.Memory.IsReplaceAsked = process.Config.AutoStart;
        _ = StartAfreshAsync(process, around);
        return true;
    }

    /// <summary>False when it cannot be watched, having ended just now; the process is then as never started, and
    /// starts by itself.</summary>
    private static bool TryAdopt(SupervisedProcess process, ChildRecord child, ProcessSurroundings around)
    {
        var former = HandOverOf(process, child, around.Time);
        try
        {
            process.Adopt(former);
            return true;
        }
        catch (SystemCallException error)
        {
            around.Log.Warn($"cannot take over {Describe(child)}: {error.Message}");
            var ends = former.Child!.Ends;
            foreach (var descriptor in new[] { ends.Stdin, ends.Stdout, ends.Stderr })
                Descriptors.Close(descriptor ?? -1);
            process.Adopt(former with { Memory = new(), Child = null });
            return false;
        }
    }

    private string Consequence => _rule == LeftoverRule.Report
        ? "; another is started beside it. Write leftovers=adopt or leftovers=stop in [supervisord] against that"
        : "";

    /// <summary>The machine was started since.</summary>
    private static bool IsOver(ChildrenOfDaemon noted) => noted.Boot != ProcessStat.Boot;

    private static bool IsItsDaemonAlive(ChildrenOfDaemon noted) => ProcessStat.StartOf(noted.Pid) == noted.Start;

    private static string Describe(ChildRecord child) => $"'{child.Name}' with pid {child.Pid} ({child.Program})";

    private static ProcessHandOver HandOverOf(SupervisedProcess process, ChildRecord child, TimeProvider time)
    {
        var age = ProcessStat.AgeOf(child.Start);
        var memory = new ProcessMemory
        {
            State = ProcessState.Running,
            IsReady = true,
            Start = time.GetUtcNow() - age,
            SpawnedAt = time.GetTimestamp() - (long)(age.TotalSeconds * time.TimestampFrequency),
        };
        return new(process.Config.Name, memory, process.Outputs.StdoutPath, process.Outputs.StderrPath,
            LeftoverPipes.TakeUp(child));
    }

    private static async Task StartAfreshAsync(SupervisedProcess process, ProcessSurroundings around)
    {
        await process.Waiters.UntilStoppedAsync();
        around.Loop.Post(process.Next.AutoStart);
    }
}
