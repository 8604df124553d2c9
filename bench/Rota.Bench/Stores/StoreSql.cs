using Npgsql;
using Rota.Postgres;
using Rota.Sqlite.Native;

namespace Rota.Bench;

/// <summary>A row of facts: two numbers, and a text where a third column is asked for.</summary>
internal readonly record struct Fact(long One, long Two, string Text);

/// <summary>Asks a database of either kind by statements that both understand, without an engine.</summary>
internal static class StoreSql
{
    public static async Task<List<Fact>> ReadAsync(string url, string sql) =>
        PostgresUrl.IsPostgres(url) ? await OfPostgresAsync(url, sql) : OfSqlite(url["sqlite:".Length..], sql);

    /// <summary>A statement that gives no rows.</summary>
    public static Task RunAsync(string url, string sql) => ReadAsync(url, sql);

    private static List<Fact> OfSqlite(string path, string sql)
    {
        using var db = new SqliteConnection(path, readOnly: false);
        var facts = new List<Fact>();
        using var rows = db.Query(sql);
        while (rows.Next())
            facts.Add(new Fact(rows.Int64(0), rows.Int64(1), rows.TextOrNull(2) ?? ""));
        return facts;
    }

    private static async Task<List<Fact>> OfPostgresAsync(string url, string sql)
    {
        var (connection, schema) = PostgresUrl.Parse(url);
        (connection.SearchPath, connection.Pooling, connection.CommandTimeout) = (schema, false, 0);
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync();
        var facts = new List<Fact>();
        while (await rows.ReadAsync())
        {
            facts.Add(new Fact(rows.GetInt64(0), Convert.ToInt64(rows.GetValue(1)),
                rows.FieldCount > 2 ? rows.GetString(2) : ""));
        }
        return facts;
    }
}
