using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes;

/// <summary>Takes up the pipes of a process that an earlier daemon has started.</summary>
/// <remarks>The system lets a pipe be opened again through the process that holds its other end. What the program has
/// put in the pipe's place itself has another inode, and is left alone.</remarks>
internal static class LeftoverPipes
{
    /// <summary>Its ends are null where the pipe is not there any more: what it writes is then lost.</summary>
    public static ChildHandOver TakeUp(ChildRecord child) => new(child.Pid,
        Open(child, 0, child.Stdin, Descriptors.WriteOnly), [],
        Reading(Open(child, 1, child.Stdout, Descriptors.ReadOnly)),
        Reading(Open(child, 2, child.Stderr, Descriptors.ReadOnly)), Talk: null, IsForeign: true);

    private static int? Open(ChildRecord child, int number, long inode, int way)
    {
        var path = $"/proc/{child.Pid}/fd/{number}";
        if (inode == 0 || Files.Inode(path) != inode)
            return null;
        var descriptor = Descriptors.Open(path, way | Descriptors.NonBlocking);
        if (descriptor < 0)
            return null;
        if (Files.Inode(descriptor) == inode)
            return descriptor;
        Descriptors.Close(descriptor);
        return null;
    }

    private static PipeHandOver? Reading(int? descriptor) =>
        descriptor is { } open ? new(open, [], [], IsCapturing: false, []) : null;
}
