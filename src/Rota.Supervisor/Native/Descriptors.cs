using System.Runtime.InteropServices;

namespace Rota.Supervisor.Native;

/// <summary>Files and pipes by number. All that is opened here closes when a program is executed, so that no child
/// holds what is not its own.</summary>
internal static partial class Descriptors
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int Truncate = 0x200;
    public const int Append = 0x400;
    public const int NonBlocking = 0x800;

    /// <summary>Keeps the file, and can neither be read nor written.</summary>
    public const int PathOnly = 0x200000;

    public static readonly int NoFollow =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x8000 : 0x20000;
    public const int SurelyTaken = 4096;
    private const int CloseOnExec = 0x80000;
    private const int SetDescriptorFlags = 2;
    private const int SetFlags = 4;
    private const int GetFlags = 3;
    private const int DuplicateClosing = 1030;
    private const int FromHere = -100;
    private const int SetPipeSize = 1031;
    private const int SeekEnd = 2;
    private const int SeekCurrent = 1;

    /// <summary>The reading end never blocks; the writing end does, as children expect.</summary>
    /// <param name="lasts">The child's end keeps the pipe whole when ours is gone: it then waits instead of
    /// breaking.</param>
    public static (int Read, int Write) PipeFromChild(bool lasts = false)
    {
        var (read, write) = Pipe();
        SetNonBlocking(read);
        return (read, lasts ? BothWays(write) : write);
    }

    /// <summary>The writing end never blocks.</summary>
    /// <param name="lasts">As of <see cref="PipeFromChild"/>.</param>
    public static (int Read, int Write) PipeToChild(bool lasts = false)
    {
        var (read, write) = Pipe();
        SetNonBlocking(write);
        return (lasts ? BothWays(read) : read, write);
    }

    public static unsafe (int Read, int Write) Pipe()
    {
        var ends = stackalloc int[2];
        if (PipeCall(ends, CloseOnExec) < 0)
            throw new SystemCallException("pipe2");
        return (ends[0], ends[1]);
    }

    /// <summary>A descriptor, or −1 with <see cref="Errno.Last"/>.</summary>
    public static int Open(string path, int flags, int mode = 0b110_110_110)
    {
        int descriptor;
        do
            descriptor = OpenCall(FromHere, path, flags | CloseOnExec, mode);
        while (descriptor < 0 && Errno.Last == Errno.Interrupted);
        return descriptor;
    }

    /// <summary>The number of bytes, 0 at the end, −1 with <see cref="Errno.Last"/>.</summary>
    public static unsafe int Read(int descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint count;
            do
                count = ReadCall(descriptor, start, (nuint)buffer.Length);
            while (count < 0 && Errno.Last == Errno.Interrupted);
            return (int)count;
        }
    }

    /// <summary>How many bytes went, or −1 with <see cref="Errno.Last"/>.</summary>
    public static unsafe int Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            nint count;
            do
                count = WriteCall(descriptor, start, (nuint)bytes.Length);
            while (count < 0 && Errno.Last == Errno.Interrupted);
            return (int)count;
        }
    }

    /// <summary>Writes all of it to a descriptor that blocks; false when it cannot.</summary>
    public static bool WriteAll(int descriptor, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = Write(descriptor, bytes);
            if (count <= 0)
                return false;
            bytes = bytes[count..];
        }
        return true;
    }

    /// <summary>Whether a write of at most <see cref="SurelyTaken"/> bytes would not block now.</summary>
    public static bool IsWritable(int descriptor) => IsReady(descriptor, 4);

    public static bool IsReadable(int descriptor) => IsReady(descriptor, 1);

    public static void Close(int descriptor)
    {
        if (descriptor >= 0)
            _ = CloseCall(descriptor);
    }

    /// <summary>A second number for the same file, or −1.</summary>
    public static int Duplicate(int descriptor) => ControlCall(descriptor, DuplicateClosing, 3);

    /// <summary>Makes <paramref name="number"/> mean the same file; children inherit it.</summary>
    public static void Replace(int number, int by)
    {
        if (DuplicateCall(by, number) < 0)
            throw new SystemCallException("dup2");
    }

    /// <summary>Whether it closes when a program is executed: not while it is handed to the next program.</summary>
    public static void SetClosing(int descriptor, bool closes) =>
        _ = ControlCall(descriptor, SetDescriptorFlags, closes ? 1 : 0);

    /// <summary>All that whoever started this program has left open, beyond the three standard ones, closes when a
    /// program is executed: children do not hold others' files and locks.</summary>
    public static void CloseInheritedOnExec()
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            if (int.TryParse(Path.GetFileName(entry.AsSpan()), out var descriptor) && descriptor > 2)
                SetClosing(descriptor, closes: true);
        }
    }

    /// <summary>Lets a pipe hold so many bytes, where the system's limit for this user allows it.</summary>
    public static void TryWiden(int pipe, int bytes) => _ = ControlCall(pipe, SetPipeSize, bytes);

    public static void SetNonBlocking(int descriptor)
    {
        if (ControlCall(descriptor, SetFlags, ControlCall(descriptor, GetFlags, 0) | NonBlocking) < 0)
            throw new SystemCallException("fcntl");
    }

    /// <summary>Where the next byte goes, or −1 for what has no place, such as a pipe.</summary>
    public static long End(int descriptor) => SeekCall(descriptor, 0, SeekEnd);

    public static long Position(int descriptor) => SeekCall(descriptor, 0, SeekCurrent);

    private static unsafe bool IsReady(int descriptor, long events)
    {
        var entry = (uint)descriptor | events << 32;
        return PollCall(&entry, 1, 0) > 0;
    }

    /// <summary>Opens an end of a pipe for both directions instead.</summary>
    private static int BothWays(int end)
    {
        var both = Open($"/proc/self/fd/{end}", ReadWrite);
        if (both < 0)
            return end;
        Close(end);
        return both;
    }

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static unsafe partial int PipeCall(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenCall(int folder, string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint ReadCall(int descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint WriteCall(int descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseCall(int descriptor);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static unsafe partial int PollCall(long* entries, nuint count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int DuplicateCall(int from, int to);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int ControlCall(int descriptor, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long SeekCall(int descriptor, long offset, int origin);
}
