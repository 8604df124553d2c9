using System.Security.Cryptography;
using System.Text;
using Rota.Supervisor.Config;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes;

/// <summary>A child as a later daemon knows it again.</summary>
/// <param name="Start">With the pid it names one process: <see cref="ProcessStat.StartOf"/>.</param>
/// <param name="Command">A digest: a command may hold what nobody else is to read.</param>
/// <param name="Stdin">Number of the pipe's inode; null where there is no pipe.</param>
internal sealed record ChildRecord(string Name, int Pid, long Start, string Program, string Command, long? Stdin,
    long? Stdout, long? Stderr)
{
    private const int DigestBytes = 8;

    /// <param name="name">`group:name`.</param>
    public static ChildRecord? Of(string name, ProcessConfig config, Spawner.Child child) =>
        ProcessStat.StartOf(child.Pid) is { } start
            ? new(name, child.Pid, start, config.Arguments is [var program, ..] ? program : "", DigestOf(config),
                InodeOf(child.Stdin), InodeOf(child.Stdout), InodeOf(child.Stderr))
            : null;

    /// <summary>Whether that process still lives.</summary>
    public bool IsAlive => ProcessStat.StartOf(Pid) == Start;

    /// <summary>Whether the file still says the same command for it.</summary>
    public bool IsOf(ProcessConfig config) => Command == DigestOf(config);

    private static string DigestOf(ProcessConfig config) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(config.Command)).AsSpan(0, DigestBytes));

    private static long? InodeOf(int? descriptor) => descriptor is >= 0 and var open ? Files.Inode(open) : null;
}

/// <summary>The children of one daemon.</summary>
/// <param name="Boot">Of the machine's run in which the pids are valid.</param>
internal sealed record ChildrenOfDaemon(string Boot, int Pid, long Start, List<ChildRecord> Children);
