using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Secrets in PostgreSQL, as tokens.</summary>
internal sealed class PostgresSecrets(PostgresDatabase database) : ISecretStore
{
    public Task<string?> FindAsync(string name, CancellationToken stop) =>
        database.FindAsync("SELECT token FROM rota.secret WHERE name = $1", rows => rows.GetString(0), stop, name);

    public Task<string?> FindOfScheduleAsync(string schedule, CancellationToken stop) =>
        database.FindAsync("SELECT secrets FROM rota.schedule WHERE name = $1",
            rows => rows.TextOrNull(0), stop, schedule);

    public async Task<IReadOnlyList<SecretInfo>> ListAsync(CancellationToken stop) =>
        await database.ListAsync("SELECT name, created_at, updated_at FROM rota.secret ORDER BY name",
            rows => new SecretInfo(rows.GetString(0), rows.Instant(1), rows.Instant(2)), stop);

    public Task SetAsync(string name, string token, DateTimeOffset now, CancellationToken stop) =>
        database.RunAsync("""
            INSERT INTO rota.secret (name, token, created_at, updated_at)
            VALUES ($1, $2, $3, $3)
            ON CONFLICT (name) DO UPDATE
            SET token = excluded.token, updated_at = excluded.updated_at
            """, stop, name, token, now);

    public async Task<bool> RemoveAsync(string name, CancellationToken stop) =>
        await database.RunAsync("DELETE FROM rota.secret WHERE name = $1", stop, name) > 0;

    public async Task<IReadOnlyList<StoredToken>> TokensAsync(CancellationToken stop) =>
        await database.ListAsync("""
            SELECT false, name, token
            FROM rota.secret
            UNION ALL
            SELECT true, name, secrets
            FROM rota.schedule
            WHERE secrets IS NOT NULL
            ORDER BY 1, 2
            """, rows => new StoredToken(rows.GetBoolean(0), rows.GetString(1), rows.GetString(2)), stop);

    public async Task<bool> ReplaceAsync(StoredToken old, string token, CancellationToken stop) =>
        await database.RunAsync(old.IsOfSchedule
            ? "UPDATE rota.schedule SET secrets = $3 WHERE name = $1 AND secrets = $2"
            : "UPDATE rota.secret SET token = $3 WHERE name = $1 AND token = $2",
            stop, old.Name, old.Token, token) > 0;

    public Task<string?> KeyFingerprintAsync(CancellationToken stop) =>
        database.FindAsync("SELECT value FROM rota.setting WHERE name = 'key_fingerprint'",
            rows => rows.GetString(0), stop);

    public Task SetKeyFingerprintAsync(string fingerprint, CancellationToken stop) =>
        database.RunAsync("""
            INSERT INTO rota.setting (name, value)
            VALUES ('key_fingerprint', $1)
            ON CONFLICT (name) DO UPDATE
            SET value = excluded.value
            """, stop, fingerprint);
}
