using System.Diagnostics;
using Npgsql;
using Rota.Postgres;
using Rota.Storage;

namespace Rota.Bench;

/// <summary>Fills a PostgreSQL database by statements over whole sets, as the engine would have left it.</summary>
/// <remarks>
/// Half of the jobs are of one queue with all kinds, the others spread over all queues, of one kind each. Ended jobs
/// come first: 1 of 101 failed, 1 of 201 was canceled. 1 of 25 has the tag <c>common</c>, 1 of 20 one of a thousand
/// tags, 1 of 100 a key; 1 of 99 is of a schedule, 1 of 21 of one of 19 projects, and the first hundred are of one that
/// has no others.
/// </remarks>
internal sealed class ScaleFill(PostgresDatabase database, NpgsqlConnection connection, ScaleSizes sizes)
{
    private const int Slice = 500_000;

    // What a job is follows from its number, so that every table can be filled by itself.
    private const string Facts = """
        SELECT n AS id,
            CASE WHEN n % 2 = 0 OR n / 2 % @queues = 0 THEN @default ELSE @queue + (n / 2 % @queues)::integer END
                AS queue,
            @kind + (CASE WHEN n > @ended THEN 0 WHEN n % 2 = 0 THEN n / 2 % 50 ELSE n / 2 % @queues % 50 END)::integer
                AS kind,
            CASE WHEN n <= 100 THEN @project WHEN n % 21 = 7 THEN @project + 1 + (n / 21 % 19)::integer
                ELSE @default END AS project,
            (CASE WHEN n % 101 = 13 THEN 6 WHEN n % 201 = 14 THEN 7 ELSE 5 END)::smallint AS state,
            @now - (@last - n) * 8000 AS at
        FROM generate_series(@from::bigint, @to::bigint) AS n
        """;

    private readonly Dictionary<string, long> _numbers = [];

    public static long FailedId(int number) => (101 * number) + 13;

    public async Task RunAsync()
    {
        var start = Stopwatch.GetTimestamp();
        await AddWordsAsync();
        _numbers["now"] = TimeProvider.System.GetUtcNow().ToMicroseconds();
        (_numbers["ended"], _numbers["last"]) = (sizes.Ended, sizes.LastId);
        (_numbers["queues"], _numbers["schedules"]) = (sizes.Queues, Math.Max(1, sizes.Schedules));
        for (long from = 1; from <= sizes.Ended; from += Slice)
        {
            await FillAsync(from, Math.Min(sizes.Ended, from + Slice - 1), isEnded: true);
            Progress.Say($"  {Math.Min(sizes.Ended, from + Slice - 1),12:N0} of {sizes.Ended:N0} ended jobs, "
                + $"{Stopwatch.GetElapsedTime(start).TotalSeconds:N0} s");
        }
        for (long from = sizes.Ended + 1; from <= sizes.LastId; from += Slice)
            await FillAsync(from, Math.Min(sizes.LastId, from + Slice - 1), isEnded: false);
        await CountAsync();
        Progress.Say($"  filled in {Stopwatch.GetElapsedTime(start).TotalSeconds:N0} s; vacuum");
        await RunAsync("VACUUM (ANALYZE)");
    }

    private async Task AddWordsAsync()
    {
        await RunAsync("INSERT INTO rota.word (text) VALUES ('default'), ('bench-node') ON CONFLICT DO NOTHING");
        _numbers["default"] = await WordAsync("default");
        _numbers["node"] = await WordAsync("bench-node");
        _numbers["queue"] = await AddWordsAsync(sizes.Queues, "'queue-' || n", "queue-0");
        _numbers["kind"] = await AddWordsAsync(
            ScaleSizes.Kinds, "CASE n WHEN 0 THEN 'bench.noop' ELSE 'kind-' || n END", "bench.noop");
        _numbers["project"] = await AddWordsAsync(
            ScaleSizes.Projects, "CASE n WHEN 0 THEN 'rare' ELSE 'project-' || n END", "rare");
    }

    /// <returns>The number of the first one; the others follow it.</returns>
    private async Task<long> AddWordsAsync(int count, string text, string first)
    {
        await RunAsync($"""
            INSERT INTO rota.word (text)
            SELECT {text}
            FROM generate_series(0, {count - 1}) AS n
            ORDER BY n
            """);
        return await WordAsync(first);
    }

    private async Task<long> WordAsync(string text)
    {
        await using var command = new NpgsqlCommand(
            database.Sql("SELECT id FROM rota.word WHERE text = $1"), connection);
        command.Parameters.Add(new NpgsqlParameter<string>("", text));
        return (int)(await command.ExecuteScalarAsync())!;
    }

    private async Task FillAsync(long from, long to, bool isEnded)
    {
        (_numbers["from"], _numbers["to"]) = (from, to);
        await RunAsync($$"""
            INSERT INTO rota.route (queue, kind, priority)
            SELECT DISTINCT queue, kind, 5
            FROM ({{Facts}}) AS fact
            ON CONFLICT DO NOTHING
            """);
        await RunAsync($$"""
            INSERT INTO rota.job (id, created_at, route, project, args, key, schedule)
            SELECT fact.id, at, route.id, project,
                convert_to('{"number":' || fact.id || ',"asked_ticks":0}', 'UTF8'),
                CASE WHEN fact.id % 100 = 3 THEN 'order-' || fact.id END,
                CASE WHEN fact.id % 99 = 5 THEN 'schedule-' || fact.id / 99 % @schedules END
            FROM ({{Facts}}) AS fact
            JOIN rota.route USING (queue, kind)
            """);
        await RunAsync($"""
            INSERT INTO rota.job_tag (tag, id)
            SELECT 'common', n FROM generate_series(@from::bigint, @to::bigint) AS n WHERE n % 50 IN (13, 14)
            UNION ALL
            SELECT 'tag-' || n / 20 % {ScaleSizes.Tags}, n
            FROM generate_series(@from::bigint, @to::bigint) AS n
            WHERE n % 20 = 13
            """);
        await (isEnded ? FillEndedAsync() : FillOpenAsync());
    }

    private async Task FillEndedAsync()
    {
        await RunAsync($"""
            INSERT INTO rota.outcome (id, started_at, ended_at, route, node, attempt, state, reason)
            SELECT fact.id, at + 2000, at + 5000, route.id, @node, 1, state,
                CASE state WHEN 6 THEN 1 + fact.id / 101 % 4 ELSE 0 END
            FROM ({Facts}) AS fact
            JOIN rota.route USING (queue, kind)
            """);
        await RunAsync("""
            INSERT INTO rota.outcome_error (id, text)
            SELECT n, 'The invoice ' || n || ' was not found.'
            FROM generate_series(@from::bigint, @to::bigint) AS n
            WHERE n % 101 = 13
            """);
        await RunAsync("""
            INSERT INTO rota.attempt (id, token, started_at, ended_at, number, node, outcome, error_type,
                error_message)
            SELECT n, n, @now, @now, 1, @node, 1, 'InvoiceException', 'The invoice ' || n || ' was not found.'
            FROM generate_series(@from::bigint, @to::bigint) AS n
            WHERE n % 101 = 13
            """);
    }

    // The last ids wait: those that are even are due in a year, the others are to be retried then.
    private async Task FillOpenAsync()
    {
        _numbers["waiting"] = sizes.Waiting;
        await RunAsync($"""
            INSERT INTO rota.ready (id, queue, route, attempt, priority, crashes, is_alone)
            SELECT fact.id, queue, route.id, 0, 5, 0, false
            FROM ({Facts}) AS fact
            JOIN rota.route USING (queue, kind)
            WHERE fact.id <= @last - @waiting
            """);
        await RunAsync($"""
            INSERT INTO rota.waiting (id, due_at, queue, route, attempt, blockers, state, priority, crashes, is_alone)
            SELECT fact.id, @now::bigint + 31536000000000, queue, route.id, fact.id % 2, 0, fact.id % 2 * 4, 5, 0, false
            FROM ({Facts}) AS fact
            JOIN rota.route USING (queue, kind)
            WHERE fact.id > @last - @waiting
            """);
    }

    private async Task CountAsync()
    {
        await RunAsync("""
            INSERT INTO rota.counter (route, state, n, newest)
            SELECT route, state, count(*), max(id) FROM rota.outcome GROUP BY route, state
            UNION ALL
            SELECT route, 2, count(*), max(id) FROM rota.ready GROUP BY route
            UNION ALL
            SELECT route, state, count(*), max(id) FROM rota.waiting GROUP BY route, state
            """);
        await RunAsync("SELECT setval('rota.job_id', @last), setval('rota.job_token', @last)");
    }

    private async Task RunAsync(string sql)
    {
        // Numbers of the bench's own; as literals, since they stand in many places of one statement.
        foreach (var (name, value) in _numbers.OrderByDescending(number => number.Key.Length))
            sql = sql.Replace($"@{name}", $"{value}", StringComparison.Ordinal);
        await using var command = new NpgsqlCommand(
            sql.Replace("rota.", database.Schema + ".", StringComparison.Ordinal), connection);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }
}
