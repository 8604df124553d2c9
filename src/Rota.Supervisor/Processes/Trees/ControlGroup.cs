using System.Globalization;
using Rota.Supervisor.Config;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes.Trees;

/// <summary>The control group of one run: its child and all that this starts, wherever it goes and whatever it does to
/// its parents, session and environment. Only who may write the system's files of groups leaves it.</summary>
/// <param name="folder">Its folder where control groups are mounted.</param>
internal sealed class ControlGroup(string folder)
{
    private const int PeriodMicroseconds = 100_000;

    /// <summary>The system lets it have an eighth more than `limit_memory` before it ends it at once: who grows slowly
    /// is seen in time to be stopped as configured.</summary>
    private const int MemoryMargin = 8;

    public string Folder => folder;

    /// <summary>A process that writes 0 here enters the group.</summary>
    public string Entry => $"{folder}/cgroup.procs";

    /// <summary>The system holds `limit_cpu`.</summary>
    public bool HoldsCpu { get; private set; }

    /// <summary>Nothing in it lives; also when it is gone.</summary>
    public bool IsEmpty => !ControlFiles.Read($"{folder}/cgroup.events").Contains("populated 1");

    /// <summary>What the system holds to, so far as it has the controllers; without a limit an earlier one is taken
    /// back.</summary>
    public void Limit(LimitConfig limits)
    {
        var quota = limits.CpuCores is { } cores ? Number((long)Math.Round(cores * PeriodMicroseconds)) : "max";
        HoldsCpu = Write("cpu.max", $"{quota} {PeriodMicroseconds}") == 0 && limits.CpuCores is not null;
        Write("memory.max", limits.MemoryBytes is { } bytes ? Number(MemoryMax(bytes)) : "max");
        // All or none: a program that lost one of its processes would go on halved.
        Write("memory.oom.group", limits.MemoryBytes is null ? "0" : "1");
    }

    /// <summary>Takes a process in, and what that starts from then on. 0, or the error.</summary>
    public int Take(int pid)
    {
        var error = Write("cgroup.procs", Number(pid));
        HoldsCpu &= error == 0;
        return error;
    }

    /// <summary>What the system itself allows under a `limit_memory`.</summary>
    public static long MemoryMax(long limitBytes) => limitBytes + limitBytes / MemoryMargin;

    /// <summary>How often its memory came to its own limit, which is not that of a group below it; and how many
    /// processes the system ended for want of memory: in all of it, and in itself alone.</summary>
    public (long AtLimit, long Ended, long EndedItself) OutOfMemory()
    {
        var all = Counts("memory.events");
        // Since Linux 5.2; before, only the counts of all are told.
        var own = Counts("memory.events.local") is { Count: > 0 } local ? local : all;
        return (own.GetValueOrDefault("oom"), all.GetValueOrDefault("oom_kill"), own.GetValueOrDefault("oom_kill"));
    }

    /// <summary>All processes in it and in the groups that they made below it; no zombies.</summary>
    public IEnumerable<int> Pids() => Pids(folder);

    /// <summary>SIGKILL to all of it at one moment, so that nothing escapes by forking. False where the system is older
    /// than 5.14.</summary>
    public bool TryKill() => Write("cgroup.kill", "1") == 0;

    /// <summary>True when it is gone, with the groups that were made below it; false while something in it lives.
    /// </summary>
    public bool TryRemove() => IsEmpty && TryRemove(folder);

    private static bool TryRemove(string group)
    {
        foreach (var below in ControlFiles.Below(group))
            TryRemove(below);
        return Files.RemoveFolder(group) is 0 or Errno.NotFound;
    }

    private static IEnumerable<int> Pids(string group) =>
        ControlFiles.Pids(group).Concat(ControlFiles.Below(group).SelectMany(Pids));

    private Dictionary<string, long> Counts(string file) => ControlFiles.Read($"{folder}/{file}").Split('\n')
        .Select(line => line.Split(' ')).Where(words => words.Length == 2)
        .ToDictionary(words => words[0], words => long.Parse(words[1], CultureInfo.InvariantCulture));

    private int Write(string file, string text) => ControlFiles.Write($"{folder}/{file}", text);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
