using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>Secrets in SQLite, as tokens.</summary>
internal sealed class SqliteSecrets(SqliteWriter writer, SqliteReaders readers) : ISecretStore
{
    public Task<string?> FindAsync(string name, CancellationToken stop) =>
        readers.RunAsync(db =>
        {
            using var rows = db.Query("SELECT token FROM secret WHERE name = ?1", name);
            return rows.Next() ? rows.Text(0) : null;
        }, stop);

    public Task<string?> FindOfScheduleAsync(string schedule, CancellationToken stop) =>
        readers.RunAsync(db =>
        {
            using var rows = db.Query("SELECT secrets FROM schedule WHERE name = ?1", schedule);
            return rows.Next() ? rows.TextOrNull(0) : null;
        }, stop);

    public Task<IReadOnlyList<SecretInfo>> ListAsync(CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<SecretInfo>>(db =>
        {
            var secrets = new List<SecretInfo>();
            using var rows = db.Query("SELECT name, created_at, updated_at FROM secret ORDER BY name");
            while (rows.Next())
                secrets.Add(new SecretInfo(rows.Text(0), rows.Instant(1), rows.Instant(2)));
            return secrets;
        }, stop);

    public Task SetAsync(string name, string token, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync(session => session.Db.Run("""
            INSERT INTO secret (name, token, created_at, updated_at)
            VALUES (?1, ?2, ?3, ?3)
            ON CONFLICT (name) DO UPDATE
            SET token = excluded.token, updated_at = excluded.updated_at
            """, name, token, now), stop);

    public Task<bool> RemoveAsync(string name, CancellationToken stop) =>
        writer.RunAsync(session => session.Db.Run("DELETE FROM secret WHERE name = ?1", name) > 0, stop);

    public Task<IReadOnlyList<StoredToken>> TokensAsync(CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<StoredToken>>(db =>
        {
            var tokens = new List<StoredToken>();
            using var rows = db.Query("""
                SELECT 0, name, token
                FROM secret
                UNION ALL
                SELECT 1, name, secrets
                FROM schedule
                WHERE secrets IS NOT NULL
                ORDER BY 1, 2
                """);
            while (rows.Next())
                tokens.Add(new StoredToken(rows.Bool(0), rows.Text(1), rows.Text(2)));
            return tokens;
        }, stop);

    public Task<bool> ReplaceAsync(StoredToken old, string token, CancellationToken stop) =>
        writer.RunAsync(session => (old.IsOfSchedule
            ? session.Db.Run(
                "UPDATE schedule SET secrets = ?3 WHERE name = ?1 AND secrets = ?2", old.Name, old.Token, token)
            : session.Db.Run(
                "UPDATE secret SET token = ?3 WHERE name = ?1 AND token = ?2", old.Name, old.Token, token)) > 0, stop);

    public Task<string?> KeyFingerprintAsync(CancellationToken stop) =>
        readers.RunAsync(db =>
        {
            using var rows = db.Query("SELECT value FROM setting WHERE name = 'key_fingerprint'");
            return rows.Next() ? rows.Text(0) : null;
        }, stop);

    public Task SetKeyFingerprintAsync(string fingerprint, CancellationToken stop) =>
        writer.RunAsync(session => session.Db.Run("""
            INSERT INTO setting (name, value)
            VALUES ('key_fingerprint', ?1)
            ON CONFLICT (name) DO UPDATE
            SET value = excluded.value
            """, fingerprint), stop);
}
