using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>The values of <see cref="IJobMemory"/> in SQLite.</summary>
internal sealed class SqliteMemory(SqliteWriter writer, SqliteReaders readers) : IMemoryStore
{
    public Task<string?> GetAsync(string scope, string key, CancellationToken stop) =>
        readers.RunAsync(db =>
        {
            using var rows = db.Query("SELECT value FROM memory WHERE scope = ?1 AND key = ?2", scope, key);
            return rows.Next() ? rows.Text(0) : null;
        }, stop);

    public Task SetAsync(string scope, string key, string? value, CancellationToken stop) =>
        writer.RunAsync(session => value is null
            ? session.Db.Run("DELETE FROM memory WHERE scope = ?1 AND key = ?2", scope, key)
            : session.Db.Run("""
                INSERT INTO memory (scope, key, value)
                VALUES (?1, ?2, ?3)
                ON CONFLICT (scope, key) DO UPDATE
                SET value = excluded.value
                """, scope, key, value), stop);
}
