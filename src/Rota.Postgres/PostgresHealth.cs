using Npgsql;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Whether the PostgreSQL database is well.</summary>
internal sealed class PostgresHealth(PostgresDatabase database) : IHealthStore
{
    private static readonly TimeSpan LongTransaction = TimeSpan.FromMinutes(1);

    // A standby and a database that is set to read only refuse it; as no row changes, nothing reaches the disk.
    public Task CheckWritableAsync(CancellationToken stop) =>
        database.RunAsync("DELETE FROM rota.setting WHERE name = ''", stop);

    public async Task<string> DescribeAsync(CancellationToken stop) =>
        await database.FindAsync("""
            SELECT split_part(current_setting('server_version'), ' ', 1), pg_database_size(current_database()),
                (
                    SELECT extract(epoch FROM clock_timestamp() - min(xact_start))::bigint
                    FROM pg_stat_activity
                    WHERE datname = current_database() AND backend_type = 'client backend'
                )
            """, Describe, stop) ?? "";

    private string Describe(NpgsqlDataReader rows)
    {
        var news = database.Wakeups.IsListening
            ? "news of other nodes arrive by LISTEN" : "news of other nodes are polled for";
        var oldest = TimeSpan.FromSeconds(rows.IsDBNull(2) ? 0 : rows.GetInt64(2));
        var transaction = oldest <= LongTransaction ? ""
            : $"; its oldest transaction is open for {oldest.TotalMinutes:N0} min and keeps dead rows in the way";
        return $"PostgreSQL {rows.GetString(0)}, {rows.GetInt64(1) / 1_000_000.0:N1} MB, {news}{transaction}.";
    }
}
