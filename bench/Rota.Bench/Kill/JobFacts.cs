using Npgsql;
using Rota.Jobs;
using Rota.Postgres;
using Rota.Sqlite.Native;

namespace Rota.Bench;

/// <summary>What a database says of its jobs.</summary>
/// <param name="Outcomes">Each row of <c>outcome</c>: id and state.</param>
/// <param name="GivenUp">Attempts, by id and token, that were lost or given back before their end.</param>
/// <param name="Open">Each row of the other tables in which a job can stand.</param>
/// <param name="CountersOff">By how much the counters differ from the rows that they count.</param>
internal sealed record JobFacts(
    IReadOnlyList<(long Id, long State)> Outcomes, IReadOnlySet<(long Id, long Token)> GivenUp,
    IReadOnlyList<long> Open, long CountersOff)
{
    private const string Ended = "SELECT id, state FROM outcome";

    private static readonly string Lost = "SELECT id, token FROM attempt WHERE outcome IN "
        + $"({(int)AttemptOutcome.Lost}, {(int)AttemptOutcome.Released})";

    private const string Places = """
        SELECT id, 0 FROM ready
        UNION ALL
        SELECT id, 0 FROM running
        UNION ALL
        SELECT id, 0 FROM waiting
        """;

    private const string Counters = """
        SELECT coalesce(sum(abs(coalesce(counted.n, 0) - coalesce(found.n, 0))), 0)::bigint, 0
        FROM (
            SELECT route, state, sum(n) AS n
            FROM (
                SELECT route, state, n FROM counter
                UNION ALL
                SELECT route, state, n FROM counter_step
            ) AS step
            GROUP BY route, state
        ) AS counted
        FULL JOIN (
            SELECT route, state, count(*) AS n
            FROM (
                SELECT route, 2 AS state FROM ready
                UNION ALL
                SELECT route, 3 FROM running
                UNION ALL
                SELECT route, state FROM waiting
                UNION ALL
                SELECT route, state FROM outcome
            ) AS job
            GROUP BY route, state
        ) AS found USING (route, state)
        """;

    public static async Task<JobFacts> ReadAsync(string url) =>
        PostgresUrl.IsPostgres(url) ? await OfPostgresAsync(url) : OfSqlite(url["sqlite:".Length..]);

    private static JobFacts OfSqlite(string path)
    {
        using var db = new SqliteConnection(path, readOnly: false);
        return new JobFacts(Pairs(Ended), Pairs(Lost).ToHashSet(), [.. Pairs(Places).Select(job => job.Id)], 0);

        List<(long Id, long Other)> Pairs(string sql)
        {
            var pairs = new List<(long, long)>();
            using var rows = db.Query(sql);
            while (rows.Next())
                pairs.Add((rows.Int64(0), rows.Int64(1)));
            return pairs;
        }
    }

    private static async Task<JobFacts> OfPostgresAsync(string url)
    {
        var (connection, schema) = PostgresUrl.Parse(url);
        connection.SearchPath = schema;
        await using var source = NpgsqlDataSource.Create(connection);
        return new JobFacts(await PairsAsync(Ended), (await PairsAsync(Lost)).ToHashSet(),
            [.. (await PairsAsync(Places)).Select(job => job.Id)], (await PairsAsync(Counters))[0].Id);

        async Task<List<(long Id, long Other)>> PairsAsync(string sql)
        {
            var pairs = new List<(long, long)>();
            await using var command = source.CreateCommand(sql);
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync())
                pairs.Add((rows.GetInt64(0), Convert.ToInt64(rows.GetValue(1))));
            return pairs;
        }
    }
}
