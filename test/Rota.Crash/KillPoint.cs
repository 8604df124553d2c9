using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rota.Crash;

/// <summary>Ends this process with signal 9 when SQLite is about to begin its n-th statement that writes or commits, on
/// whatever connection. Before or behind one that reads, the file is the same.</summary>
/// <remarks>SQLite calls an extension for each connection that is opened, and that has it call a trace for each
/// statement that begins. So it is the store as it is that dies.</remarks>
internal static unsafe partial class KillPoint
{
    private const int Ok = 0, SignalKill = 9;
    private const uint BeginOfStatement = 1;

    private static delegate* unmanaged[Cdecl]<nint, uint, delegate* unmanaged[Cdecl]<uint, nint, nint, nint, int>,
        nint, int> _trace;
    private static delegate* unmanaged[Cdecl]<nint, int> _isReadOnly;
    private static delegate* unmanaged[Cdecl]<nint, byte*> _sql;
    private static int _killAt, _count;
    private static bool _isArmed;

    /// <summary>Before the first connection is opened.</summary>
    public static void Prepare()
    {
        // The one that the store takes: beside the program, else the system's.
        if (!NativeLibrary.TryLoad(Path.Combine(AppContext.BaseDirectory, "libe_sqlite3.so"), out var library))
            library = NativeLibrary.Load("libsqlite3.so.0");
        _trace = (delegate* unmanaged[Cdecl]<nint, uint, delegate* unmanaged[Cdecl]<uint, nint, nint, nint, int>, nint,
            int>)NativeLibrary.GetExport(library, "sqlite3_trace_v2");
        _isReadOnly = (delegate* unmanaged[Cdecl]<nint, int>)NativeLibrary.GetExport(library, "sqlite3_stmt_readonly");
        _sql = (delegate* unmanaged[Cdecl]<nint, byte*>)NativeLibrary.GetExport(library, "sqlite3_sql");
        var onOpen = (delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<nint, nint, nint, int>, int>)
            NativeLibrary.GetExport(library, "sqlite3_auto_extension");
        if (onOpen(&Opened) != Ok)
            throw new InvalidOperationException("SQLite took no extension.");
    }

    /// <param name="killAt">1 for the next such statement.</param>
    public static void Arm(int killAt) => (_killAt, _isArmed) = (killAt, true);

    /// <returns>How many such statements began since it was armed.</returns>
    public static int Disarm()
    {
        _isArmed = false;
        return _count;
    }

    public static void Kill() => _ = Signal(Environment.ProcessId, SignalKill);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Opened(nint db, nint error, nint functions) => _trace(db, BeginOfStatement, &Begins, 0);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Begins(uint what, nint state, nint statement, nint sql)
    {
        if (_isArmed && (_isReadOnly(statement) == 0 || IsCommit(statement))
            && Interlocked.Increment(ref _count) == _killAt)
            Kill();
        return 0;
    }

    // SQLite says of a COMMIT by itself that it writes nothing.
    private static bool IsCommit(nint statement) =>
        MemoryMarshal.CreateReadOnlySpanFromNullTerminated(_sql(statement)).SequenceEqual("COMMIT"u8);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
