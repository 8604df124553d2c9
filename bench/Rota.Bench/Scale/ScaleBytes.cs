using Npgsql;
using Rota.Postgres;

namespace Rota.Bench;

/// <summary>How much disk jobs take.</summary>
internal static class ScaleBytes
{
    /// <summary>Jobs go through the engine; then counts what is left of them, with all indexes, without arguments.
    /// </summary>
    public static async Task<double> PerEndedAsync(BenchStores stores, int count)
    {
        Progress.Say($"{count:N0} jobs through the engine");
        await using var store = await stores.NewAsync();
        await using (var host = await BenchHost.StartAsync(store, works: true))
            await Drain.AllAsync(host, count);
        await AskAsync<object>(store.Url, "VACUUM");
        var bytes = await AskAsync<decimal>(store.Url, """
            SELECT sum(pg_total_relation_size(oid))::numeric
                - (SELECT sum(octet_length(args)) FROM rota.job)
            FROM pg_class
            WHERE relnamespace = 'rota.'::regnamespace AND relkind = 'r' AND relname IN (
                'job', 'job_tag', 'job_retry', 'outcome', 'outcome_error', 'output', 'attempt', 'log', 'dependency',
                'job_edge', 'unique_key')
            """);
        return Progress.Say("an ended job", (double)bytes / count, "bytes");
    }

    public static async Task<double> DatabaseMbAsync(string url) => Math.Round((double)await AskAsync<decimal>(url, """
        SELECT sum(pg_total_relation_size(oid))::numeric
        FROM pg_class
        WHERE relnamespace = 'rota.'::regnamespace AND relkind = 'r'
        """) / 1e6);

    private static async Task<T?> AskAsync<T>(string url, string sql)
    {
        var (connection, schema) = PostgresUrl.Parse(url);
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(sql
            .Replace("'rota.'", $"'{schema}'", StringComparison.Ordinal)
            .Replace("rota.", $"{schema}.", StringComparison.Ordinal));
        command.CommandTimeout = 0;
        return (T?)await command.ExecuteScalarAsync();
    }
}
