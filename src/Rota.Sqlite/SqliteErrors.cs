using Rota.Sqlite.Native;

namespace Rota.Sqlite;

/// <summary>SQLite's result codes as errors that say what to do.</summary>
internal static class SqliteErrors
{
    // The index of the WAL cannot grow: it is a file on the same disk.
    private const int NoRoomForWalIndex = Sqlite3.IoError | (19 << 8);

    public static Exception From(int code, string message, string path) => (code & 0xff) switch
    {
        _ when code is Sqlite3.Full or NoRoomForWalIndex => new StorageException("storage.full",
            $"The disk under {path} is full; nothing was written.",
            "Free space or raise the limit; Rota goes on by itself."),
        Sqlite3.Busy or Sqlite3.Locked => new StorageException("storage.locked",
            $"Another program holds a lock on {path}.", "Close the other program, sqlite3 for example, and try again."),
        Sqlite3.ReadOnly => new StorageException("storage.read_only", $"The database {path} cannot be written.",
            "Give the user that runs Rota the right to write the file and its folder."),
        Sqlite3.Corrupt or Sqlite3.NotADatabase => new StorageException("storage.corrupt",
            $"{path} is damaged or no SQLite database ({message}).",
            "Keep the file, restore a backup, and see docs/operations.md."),
        Sqlite3.CannotOpen => new StorageException("storage.cannot_open", $"The database {path} cannot be opened.",
            "Check that its folder exists and that the user that runs Rota may write there."),
        Sqlite3.IoError => new StorageException("storage.io", $"The disk under {path} failed: {message}.",
            "Check the disk and its free space; Rota goes on by itself."),
        Sqlite3.Interrupt => new StorageException("storage.too_slow",
            "The search was stopped because it read too much.", "Narrow it: give a state, a kind or a queue."),
        Sqlite3.Constraint => new SqliteConstraintException(message),
        _ => new InvalidOperationException($"SQLite error {code}: {message}"),
    };
}

/// <summary>A key or a CHECK refused a row; the statement that expects it decides what that means.</summary>
internal sealed class SqliteConstraintException(string message) : Exception(message);
