using System.Reflection;
using System.Runtime.InteropServices;

namespace Rota.Sqlite.Native;

/// <summary>The part of SQLite's C interface that the store uses; one line per function of sqlite3.h.</summary>
/// <remarks>The library is <c>libe_sqlite3.so</c> beside the program when it is there, else the system's.</remarks>
internal static unsafe partial class Sqlite3
{
    private const string Library = "rota_sqlite3";

    public const int Ok = 0, Busy = 5, Locked = 6, ReadOnly = 8, Interrupt = 9, IoError = 10, Corrupt = 11, Full = 13;
    public const int IoErrorSync = IoError | (4 << 8);
    public const int CannotOpen = 14, Constraint = 19, NotADatabase = 26, Row = 100, Done = 101;
    public const int OpenReadOnly = 0x1, OpenReadWrite = 0x2, OpenCreate = 0x4, OpenNoMutex = 0x8000;
    public const uint PreparePersistent = 0x1;
    public static readonly nint Transient = -1;

    static Sqlite3() => NativeLibrary.SetDllImportResolver(typeof(Sqlite3).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name != Library ? 0
        : NativeLibrary.TryLoad(Path.Combine(AppContext.BaseDirectory, "libe_sqlite3.so"), out var own) ? own
        : NativeLibrary.TryLoad("libsqlite3.so.0", out var system) ? system
        : throw new StorageException("sqlite.missing", "SQLite's library libsqlite3.so.0 is not installed.",
            "Install it: apt-get install libsqlite3-0");

    [LibraryImport(Library, EntryPoint = "sqlite3_libversion")]
    public static partial nint LibVersion();

    [LibraryImport(Library, EntryPoint = "sqlite3_libversion_number")]
    public static partial int LibVersionNumber();

    [LibraryImport(Library, EntryPoint = "sqlite3_open_v2", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, out nint db, int flags, nint vfs);

    [LibraryImport(Library, EntryPoint = "sqlite3_close_v2")]
    public static partial int Close(nint db);

    [LibraryImport(Library, EntryPoint = "sqlite3_extended_result_codes")]
    public static partial int ExtendedResultCodes(nint db, int on);

    [LibraryImport(Library, EntryPoint = "sqlite3_busy_timeout")]
    public static partial int BusyTimeout(nint db, int ms);

    [LibraryImport(Library, EntryPoint = "sqlite3_errmsg")]
    public static partial nint ErrorMessage(nint db);

    [LibraryImport(Library, EntryPoint = "sqlite3_changes")]
    public static partial int Changes(nint db);

    [LibraryImport(Library, EntryPoint = "sqlite3_prepare_v3")]
    public static partial int Prepare(nint db, byte* sql, int bytes, uint flags, out nint statement, out byte* tail);

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    public static partial int Step(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_reset"), SuppressGCTransition]
    public static partial int Reset(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_finalize")]
    public static partial int Finalize(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_parameter_count"), SuppressGCTransition]
    public static partial int BindParameterCount(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64"), SuppressGCTransition]
    public static partial int BindInt64(nint statement, int index, long value);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_double"), SuppressGCTransition]
    public static partial int BindDouble(nint statement, int index, double value);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_null"), SuppressGCTransition]
    public static partial int BindNull(nint statement, int index);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text")]
    public static partial int BindText(nint statement, int index, byte* value, int bytes, nint destructor);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_blob")]
    public static partial int BindBlob(nint statement, int index, byte* value, int bytes, nint destructor);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_type"), SuppressGCTransition]
    public static partial int ColumnType(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_int64"), SuppressGCTransition]
    public static partial long ColumnInt64(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_double"), SuppressGCTransition]
    public static partial double ColumnDouble(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_blob")]
    public static partial byte* ColumnBlob(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_bytes"), SuppressGCTransition]
    public static partial int ColumnBytes(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_progress_handler")]
    public static partial void ProgressHandler(
        nint db, int instructions, delegate* unmanaged[Cdecl]<nint, int> handler, nint state);

    [LibraryImport(Library, EntryPoint = "sqlite3_wal_checkpoint_v2")]
    public static partial int WalCheckpoint(nint db, nint schema, int mode, out int frames, out int moved);

    [LibraryImport(Library, EntryPoint = "sqlite3_file_control")]
    private static partial int FileControl(nint db, nint schema, int operation, out nint value);

    /// <summary>Has SQLite sync the main database file: by a handle of our own, closing it would let go of SQLite's
    /// locks.</summary>
    /// <remarks>A <c>sqlite3_file</c> begins with the pointer to its <c>sqlite3_io_methods</c>, whose sixth word is
    /// <c>xSync</c>.</remarks>
    public static int SyncFile(nint db)
    {
        const int FilePointer = 7, SyncNormal = 2, SyncSlot = 5;
        var result = FileControl(db, 0, FilePointer, out var file);
        if (result != Ok)
            return result;
        var methods = *(nint**)file;
        return ((delegate* unmanaged[Cdecl]<nint, int, int>)methods[SyncSlot])(file, SyncNormal);
    }
}
