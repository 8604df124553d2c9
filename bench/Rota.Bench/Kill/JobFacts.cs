using Rota.Jobs;
using Rota.Postgres;

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

    public static async Task<JobFacts> ReadAsync(string url) => new(
        await PairsAsync(url, Ended), (await PairsAsync(url, Lost)).ToHashSet(),
        [.. (await PairsAsync(url, Places)).Select(job => job.Id)],
        PostgresUrl.IsPostgres(url) ? (await PairsAsync(url, Counters))[0].Id : 0);

    private static async Task<List<(long Id, long Other)>> PairsAsync(string url, string sql) =>
        [.. (await StoreSql.ReadAsync(url, sql)).Select(fact => (fact.One, fact.Two))];
}
