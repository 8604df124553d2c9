using System.Runtime.InteropServices;

namespace Rota.Supervisor.Native;

/// <summary>The limits of this process, which its children inherit.</summary>
internal static partial class ResourceLimits
{
    public const int Processes = 6;
    public const int OpenFiles = 7;
    private const ulong Unlimited = ulong.MaxValue;

    /// <summary>The soft and the hard limit.</summary>
    public static unsafe (ulong Soft, ulong Hard) Get(int resource)
    {
        var pair = stackalloc ulong[2];
        if (GetCall(resource, pair) < 0)
            throw new SystemCallException("getrlimit");
        return (pair[0], pair[1]);
    }

    /// <summary>Sees to it that at least so many are allowed; false when the system refuses.</summary>
    /// <param name="isRaised">Whether there was something to do.</param>
    public static unsafe bool TryRequire(int resource, ulong least, out bool isRaised)
    {
        var (soft, hard) = Get(resource);
        isRaised = soft != Unlimited && soft < least;
        if (!isRaised)
            return true;
        var pair = stackalloc ulong[] { least, hard != Unlimited && hard < least ? least : hard };
        return SetCall(resource, pair) == 0;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static unsafe partial int GetCall(int resource, ulong* pair);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static unsafe partial int SetCall(int resource, ulong* pair);
}
