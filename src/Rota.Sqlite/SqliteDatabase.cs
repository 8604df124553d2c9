using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>One open SQLite database. Only one process may own the file at a time.</summary>
public sealed class SqliteDatabase : IDisposable
{
    private const int WouldBlock = 11; // EWOULDBLOCK of flock, as .NET passes it on

    private readonly FileStream _owner;

    /// <summary>Opens the file, makes it if it is missing, and brings its schema up to date.</summary>
    /// <param name="path">Its folder is made if it is missing.</param>
    /// <exception cref="StorageException">Locked by another Rota, read-only, corrupt, written by a newer
    /// Rota, half copied.</exception>
    public SqliteDatabase(string path, StoreSignals signals)
    {
        path = Path.GetFullPath(path);
        _owner = Own(path);
        try
        {
            Writer = new SqliteWriter(path, signals);
            Readers = new SqliteReaders(path);
        }
        catch
        {
            _owner.Dispose();
            throw;
        }
    }

    public static string LibraryVersion => SqliteConnection.Version;

    internal SqliteWriter Writer { get; }

    internal SqliteReaders Readers { get; }

    /// <summary>Takes the right to work on a database, or to copy it, until the result is disposed.</summary>
    // A file of its own: closing any other handle on the database file itself would drop SQLite's locks.
    internal static FileStream Own(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return new FileStream(path + ".owner", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (error.HResult == WouldBlock)
        {
            throw new StorageException("storage.owned", $"Another Rota process runs on {path}.",
                "Stop it first, or give this one another folder with --data.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageException("storage.cannot_open",
                $"The folder of {path} cannot be written: {error.Message}",
                "Give the user that runs Rota the right to write there, or choose another folder with --data.", error);
        }
    }

    public void Dispose()
    {
        Readers.Dispose();
        Writer.Dispose(); // the last connection removes the WAL
        _owner.Dispose();
    }
}
