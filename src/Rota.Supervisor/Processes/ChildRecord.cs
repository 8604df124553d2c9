using Rota.Supervisor.Config;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes;

/// <summary>A child as a later daemon knows it again.</summary>
/// <param name="Start">With the pid it names one process: <see cref="ProcessStat.StartOf"/>.</param>
/// <param name="Command">A check sum: a command may hold what nobody else is to read.</param>
/// <param name="Stdin">Number of the pipe's inode; 0 where there is no pipe.</param>
internal sealed record ChildRecord(string Name, int Pid, long Start, string Program, string Command, long Stdin,
    long Stdout, long Stderr)
{
    /// <param name="name">`group:name`.</param>
    public static ChildRecord? Of(string name, ProcessConfig config, Spawner.Child child) =>
        ProcessStat.StartOf(child.Pid) is { } start
            ? new(name, child.Pid, start, config.Arguments is [var program, ..] ? program : "", SumOf(config),
                InodeOf(child.Stdin), InodeOf(child.Stdout), InodeOf(child.Stderr))
            : null;

    /// <summary>Whether that process still lives.</summary>
    public bool IsAlive => ProcessStat.StartOf(Pid) == Start;

    /// <summary>Whether the file still says the same command for it.</summary>
    public bool IsOf(ProcessConfig config) => Command == SumOf(config);

    /// <summary>FNV-1a of 64 bits: the runtime's own hash differs from process to process, and SHA would load a library
    /// of megabytes for this alone.</summary>
    private static string SumOf(ProcessConfig config)
    {
        var sum = 0xcbf29ce484222325UL;
        foreach (var letter in config.Command)
            sum = unchecked((sum ^ letter) * 0x100000001b3UL);
        return sum.ToString("x16");
    }

    private static long InodeOf(int? descriptor) => descriptor is >= 0 and var open ? Files.Inode(open) ?? 0 : 0;
}
