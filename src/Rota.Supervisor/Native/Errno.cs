using System.Runtime.InteropServices;

namespace Rota.Supervisor.Native;

/// <summary>The system's error numbers that are decided by or shown; Linux on all processors that .NET runs
/// on.</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NotFound = 2;
    public const int NoProcess = 3;
    public const int Interrupted = 4;
    public const int InputOutput = 5;
    public const int NoDevice = 6;
    public const int Again = 11;
    public const int Exists = 17;
    public const int TooManyFiles = 24;
    public const int NoSpace = 28;
    public const int BrokenPipe = 32;
    public const int QuotaExceeded = 122;

    private static readonly (int Error, string Name)[] Names =
    [
        (1, "EPERM"), (2, "ENOENT"), (3, "ESRCH"), (4, "EINTR"), (5, "EIO"), (6, "ENXIO"), (7, "E2BIG"), (8, "ENOEXEC"),
        (9, "EBADF"), (10, "ECHILD"), (11, "EAGAIN"), (12, "ENOMEM"), (13, "EACCES"), (14, "EFAULT"), (16, "EBUSY"),
        (17, "EEXIST"), (20, "ENOTDIR"), (21, "EISDIR"), (22, "EINVAL"), (23, "ENFILE"), (24, "EMFILE"),
        (26, "ETXTBSY"), (27, "EFBIG"), (28, "ENOSPC"), (30, "EROFS"), (32, "EPIPE"), (36, "ENAMETOOLONG"),
        (40, "ELOOP"),
        (80, "ELIBBAD"), (98, "EADDRINUSE"), (99, "EADDRNOTAVAIL"), (122, "EDQUOT"),
    ];

    /// <summary>Of the last call that set it.</summary>
    public static int Last => Marshal.GetLastPInvokeError();

    /// <summary>`ENOENT`, or the number where it has no name here: what Python's errorcode gives.</summary>
    public static string Name(int error) =>
        Array.Find(Names, known => known.Error == error).Name ?? error.ToString();

    /// <summary>The system's sentence: `No such file or directory`.</summary>
    public static string Message(int error) => Marshal.GetPInvokeErrorMessage(error);
}

/// <summary>A call to the system failed, where that is not a result to decide by.</summary>
internal sealed class SystemCallException(string call, int error)
    : IOException($"{call}: {Errno.Message(error)} ({Errno.Name(error)})")
{
    public int Error { get; } = error;

    public SystemCallException(string call) : this(call, Errno.Last)
    {
    }
}
