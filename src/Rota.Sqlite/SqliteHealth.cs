using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>Whether the SQLite file is well.</summary>
internal sealed class SqliteHealth(SqliteWriter writer, SqliteReaders readers) : IHealthStore
{
    // Takes the write lock and commits; as no page changes, nothing reaches the disk.
    public Task CheckWritableAsync(CancellationToken stop) =>
        writer.RunAsync(session => session.Db.Run("DELETE FROM setting WHERE name = ''"), stop);

    public Task<string> DescribeAsync(CancellationToken stop) =>
        readers.RunAsync(db =>
        {
            using var rows = db.Query("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
            var bytes = rows.Next() ? rows.Int64(0) : 0;
            return $"SQLite {SqliteDatabase.LibraryVersion}, {bytes / 1_000_000.0:N1} MB.";
        }, stop);
}
