using System.Runtime.InteropServices;

namespace Rota.Supervisor.Native;

/// <summary>Keeps the signals to a daemon waiting while its program is replaced.</summary>
/// <remarks>
/// Between the last act of the old program and the first of the new one nobody would hear a signal: TERM would end the
/// daemon at once, and its children would stay behind. So the thread that replaces the program blocks them; what other
/// threads still hear is put behind its mask, too. The mask and what waits outlive the replacement: that thread is the
/// new program's first, and all others inherit the mask. What waits for the first alone is made to wait for all, and
/// one of them lifts the mask when it listens.
/// </remarks>
internal sealed unsafe partial class HeldSignals
{
    private const int Block = 0, Unblock = 1;
    private const int SetSize = 128;

    private readonly Lock _gate = new();
    private readonly List<int> _early = [];
    private nuint? _thread;
    private bool _isOver;

    /// <summary>From any thread: keeps one that has come. False once it is over.</summary>
    public bool TryKeep(int signal)
    {
        lock (_gate)
        {
            if (_isOver)
                return false;
            if (_thread is { } thread)
                _ = SendCall(thread, signal);
            else
                _early.Add(signal);
            return true;
        }
    }

    /// <summary>Replaces the program, on this thread; goes on only when that fails.</summary>
    public int Over(Func<int> replace)
    {
        lock (_gate)
        {
            Change(Block);
            _thread = SelfCall();
            foreach (var signal in _early)
                _ = SendCall(_thread.Value, signal);
            _early.Clear();
        }
        var error = replace();
        lock (_gate)
            _isOver = true;
        Release();
        return error;
    }

    /// <summary>The program was not replaced: what was kept comes now.</summary>
    public void GiveBack()
    {
        lock (_gate)
        {
            _isOver = true;
            foreach (var signal in _early)
                _ = Children.Signal(Environment.ProcessId, signal);
            _early.Clear();
        }
    }

    /// <summary>On the new program's first thread, before others listen: whoever lifts the mask gets what waits.
    /// </summary>
    public static void Share()
    {
        var set = stackalloc byte[SetSize];
        var none = stackalloc long[] { 0, 0 };
        Fill(set);
        var waiting = new List<int>();
        while (TakeCall(set, null, none) is > 0 and var signal)
            waiting.Add(signal);
        foreach (var signal in waiting)
            _ = Children.Signal(Environment.ProcessId, signal);
    }

    /// <summary>The calling thread hears them, and what has waited comes now.</summary>
    public static void Release() => Change(Unblock);

    private static void Change(int how)
    {
        var set = stackalloc byte[SetSize];
        Fill(set);
        _ = MaskCall(how, set, null);
    }

    private static void Fill(byte* set)
    {
        new Span<byte>(set, SetSize).Clear();
        foreach (var signal in Signals.OfDaemon)
            set[(signal - 1) / 8] |= (byte)(1 << (signal - 1) % 8);
    }

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int MaskCall(int how, byte* set, byte* former);

    [LibraryImport("libc", EntryPoint = "sigtimedwait")]
    private static partial int TakeCall(byte* set, void* facts, long* patience);

    [LibraryImport("libc", EntryPoint = "pthread_self")]
    private static partial nuint SelfCall();

    [LibraryImport("libc", EntryPoint = "pthread_kill")]
    private static partial int SendCall(nuint thread, int signal);
}
