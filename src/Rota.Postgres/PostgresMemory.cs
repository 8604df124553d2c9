using Rota.Storage;

namespace Rota.Postgres;

/// <summary>The values of <see cref="IJobMemory"/> in PostgreSQL.</summary>
internal sealed class PostgresMemory(PostgresDatabase database) : IMemoryStore
{
    public Task<string?> GetAsync(string scope, string key, CancellationToken stop) =>
        database.FindAsync("SELECT value FROM rota.memory WHERE scope = $1 AND key = $2",
            rows => rows.GetString(0), stop, scope, key);

    public Task SetAsync(string scope, string key, string? value, CancellationToken stop) => value is null
        ? database.RunAsync("DELETE FROM rota.memory WHERE scope = $1 AND key = $2", stop, scope, key)
        : database.RunAsync("""
            INSERT INTO rota.memory (scope, key, value)
            VALUES ($1, $2, $3)
            ON CONFLICT (scope, key) DO UPDATE
            SET value = excluded.value
            """, stop, scope, key, value);
}
