using System.Runtime.InteropServices;

namespace Rota.Supervisor.Native;

/// <summary>Watches, signals and reaps processes.</summary>
internal static partial class Children
{
    private const int PidOpen = 434;
    private const int PidSignal = 424;
    private const int OfPid = 1;
    private const int OfAny = 0;
    private const int NoHang = 1;
    private const int Exited = 4;
    private const int Stay = 0x01000000;
    private const int SetSubreaper = 36;
    private const int GetSubreaper = 37;

    /// <summary>A descriptor that becomes readable when the process ends. It closes on exec by itself.</summary>
    public static int Watch(int pid)
    {
        var descriptor = (int)SystemCall(PidOpen, pid, 0, 0, 0);
        return descriptor >= 0 ? descriptor : throw new SystemCallException("pidfd_open");
    }

    /// <summary>How the child ended, and the system forgets it; null while it lives.</summary>
    public static ChildExit? Reap(int pid) => Wait(OfPid, pid, Exited | NoHang)?.Exit;

    /// <summary>As <see cref="Reap"/>, and the child stays to be reaped.</summary>
    public static ChildExit? Peek(int pid) => Wait(OfPid, pid, Exited | NoHang | Stay)?.Exit;

    /// <summary>As <see cref="Reap"/>, and waits for the end.</summary>
    public static ChildExit? Await(int pid) => Wait(OfPid, pid, Exited)?.Exit;

    /// <summary>Some child that waits to be reaped, and it stays so; null when there is none.</summary>
    public static int? FindEnded() => Wait(OfAny, 0, Exited | NoHang | Stay)?.Pid;

    /// <summary>0, or the error.</summary>
    public static int Signal(int pid, int signal) => KillCall(pid, signal) == 0 ? 0 : Errno.Last;

    /// <summary>As <see cref="Signal"/>, to the process that is watched and no other by the same number.</summary>
    /// <param name="watch">From <see cref="Watch"/>.</param>
    public static int SignalWatched(int watch, int signal) =>
        SystemCall(PidSignal, watch, signal, 0, 0) == 0 ? 0 : Errno.Last;

    /// <summary>Whether orphans below us become our children.</summary>
    public static unsafe bool IsSubreaper
    {
        get
        {
            var answer = 0;
            return ControlCall(GetSubreaper, (nint)(&answer), 0, 0, 0) == 0 && answer != 0;
        }
    }

    public static void BecomeSubreaper() => _ = ControlCall(SetSubreaper, 1, 0, 0, 0);

    private static unsafe (int Pid, ChildExit Exit)? Wait(int kind, int id, int options)
    {
        const int codeAt = 8, pidAt = 16, statusAt = 24;
        var facts = stackalloc byte[128];
        new Span<byte>(facts, 128).Clear();
        int result;
        do
            result = WaitCall(kind, id, facts, options);
        while (result < 0 && Errno.Last == Errno.Interrupted);
        var pid = *(int*)(facts + pidAt);
        return result == 0 && pid != 0
            ? (pid, new ChildExit((ExitKind)(*(int*)(facts + codeAt)), *(int*)(facts + statusAt)))
            : null;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static unsafe partial int WaitCall(int kind, int id, byte* facts, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int KillCall(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int ControlCall(int option, nint first, nint second, nint third, nint fourth);
}

internal enum ExitKind { Unknown = 0, Code = 1, Signal = 2, SignalWithCore = 3 }

/// <summary>How a child ended.</summary>
/// <param name="Value">The exit code, or the signal's number.</param>
internal readonly record struct ChildExit(ExitKind Kind, int Value)
{
    /// <summary>The exit code; −1 after a signal, and when it is not known.</summary>
    public int Status => Kind == ExitKind.Code ? Value : -1;

    /// <summary>`exit status 1`, `terminated by SIGTERM`, `terminated by SIGSEGV (core dumped)`.</summary>
    public override string ToString() => Kind switch
    {
        ExitKind.Unknown => "exit status unknown",
        ExitKind.Code => $"exit status {Value}",
        ExitKind.SignalWithCore => $"terminated by {Signals.Name(Value)} (core dumped)",
        _ => $"terminated by {Signals.Name(Value)}",
    };
}
