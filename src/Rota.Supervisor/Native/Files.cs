using System.Runtime.InteropServices;

namespace Rota.Supervisor.Native;

/// <summary>What the system says about a file by its name.</summary>
internal static partial class Files
{
    private const int FromHere = -100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;
    private const int KindMask = 0xf000, Folder = 0x4000, Regular = 0x8000;
    private const int Run = 1;

    /// <summary>Type and permissions, or null when there is nothing by that name.</summary>
    public static int? Mode(string path) => Status(FromHere, path, 0)?.Mode;

    public static bool IsFolder(int mode) => (mode & KindMask) == Folder;

    public static bool IsRegularMode(int mode) => (mode & KindMask) == Regular;

    /// <summary>False for pipes, terminals and `/dev/null`, which are never rotated or removed.</summary>
    public static bool IsRegular(int descriptor) =>
        Status(descriptor, "", EmptyPath) is { } status && (status.Mode & KindMask) == Regular;

    /// <summary>True when no name leads to the open file any more: somebody removed it.</summary>
    public static bool IsRemoved(int descriptor) => Status(descriptor, "", EmptyPath) is { Links: 0 };

    public static bool MayRun(string path) => AccessCall(path, Run) == 0;

    private static unsafe (int Mode, uint Links)? Status(int folder, string path, int flags)
    {
        const int linksAt = 16, modeAt = 28;
        var facts = stackalloc byte[256];
        return StatusCall(folder, path, flags, BasicStats, facts) == 0
            ? (*(ushort*)(facts + modeAt), *(uint*)(facts + linksAt))
            : null;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatusCall(int folder, string path, int flags, uint mask, byte* facts);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AccessCall(string path, int mode);
}
