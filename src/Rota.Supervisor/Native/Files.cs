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
    private const int OthersWrite = 0b000_010_010;
    private const int FolderMode = 0b111_101_101;

    /// <summary>Type and permissions, or null when there is nothing by that name.</summary>
    public static int? Mode(string path) => Status(FromHere, path, 0)?.Mode;

    public static bool IsFolder(int mode) => (mode & KindMask) == Folder;

    public static bool IsRegularMode(int mode) => (mode & KindMask) == Regular;

    /// <summary>False for pipes, terminals and `/dev/null`, which are never rotated or removed.</summary>
    public static bool IsRegular(int descriptor) =>
        Status(descriptor, "", EmptyPath) is { } status && (status.Mode & KindMask) == Regular;

    /// <summary>True when no name leads to the open file any more: somebody removed it.</summary>
    public static bool IsRemoved(int descriptor) => Status(descriptor, "", EmptyPath) is { Links: 0 };

    /// <summary>A regular file of this user that nobody else may write.</summary>
    public static bool IsOwn(int descriptor) => Status(descriptor, "", EmptyPath) is { } status
        && IsRegularMode(status.Mode) && (status.Mode & OthersWrite) == 0 && status.Owner == (uint)Identity.UserId;

    /// <summary>The file's number on its device; null when it is not there.</summary>
    public static long? Inode(int descriptor) => Status(descriptor, "", EmptyPath)?.Inode;

    public static long? Inode(string path) => Status(FromHere, path, 0)?.Inode;

    /// <summary>0, or the error: <see cref="Errno.Exists"/> also when somebody else was first.</summary>
    public static int MakeFolder(string path) => MakeFolderCall(path, FolderMode) == 0 ? 0 : Errno.Last;

    /// <summary>Only an empty one. 0, or the error.</summary>
    public static int RemoveFolder(string path) => RemoveFolderCall(path) == 0 ? 0 : Errno.Last;

    public static bool MayRun(string path) => AccessCall(path, Run) == 0;

    private static unsafe (int Mode, uint Links, uint Owner, long Inode)? Status(int folder, string path, int flags)
    {
        const int linksAt = 16, ownerAt = 20, modeAt = 28, inodeAt = 32;
        var facts = stackalloc byte[256];
        return StatusCall(folder, path, flags, BasicStats, facts) == 0
            ? (*(ushort*)(facts + modeAt), *(uint*)(facts + linksAt), *(uint*)(facts + ownerAt),
                *(long*)(facts + inodeAt))
            : null;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatusCall(int folder, string path, int flags, uint mask, byte* facts);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFolderCall(string path, int mode);

    [LibraryImport("libc", EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RemoveFolderCall(string path);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AccessCall(string path, int mode);
}
