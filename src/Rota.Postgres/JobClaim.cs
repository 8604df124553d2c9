using Npgsql;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>The statements by which a worker takes jobs.</summary>
internal static class JobClaim
{
    // The candidates are taken by their place (ctid), so that no plan can do anything but fetch them. Lanes are walked
    // in their order, and no further than needed. A process whose lease was ended while it slept takes nothing: others
    // would take it back at once. Of what it may not take ahead other rows tell, by lane, and of the room that limited
    // queues had. Those have none unless their row is held: then nobody else counts, and what others claimed before is
    // seen. The rows come in no order: to sort them takes the server longer than the process that reads them.
    private const string Claim = """
        WITH ruled AS MATERIALIZED (
            SELECT q.id, CASE WHEN q.is_paused OR q.id <> ALL ($8) THEN 0
                ELSE greatest(0, q.max_running - (SELECT count(*) FROM rota.running r WHERE r.queue = q.id)) END AS room
            FROM rota.queue q
            WHERE q.is_paused OR q.max_running IS NOT NULL
        ), chosen AS MATERIALIZED (
            SELECT place, id, queue, priority, number <= $4 AS has_slot, number <= $4 OR NOT is_alone AS is_taken
            FROM (
                SELECT found.*, row_number() OVER () AS number
                FROM unnest($1::bigint[], $2::bigint[]) AS lane (key, from_id)
                CROSS JOIN LATERAL (
                    SELECT ctid AS place, id, queue, priority, is_alone OR queue = ANY ($8) AS is_alone
                    FROM rota.ready
                    WHERE queue = lane.key / 10 AND priority = lane.key % 10 AND id >= lane.from_id
                        AND EXISTS (SELECT 1 FROM rota.session s WHERE s.id = $5)
                    ORDER BY id
                    LIMIT least($3, (SELECT room FROM ruled WHERE ruled.id = lane.key / 10))
                    FOR UPDATE SKIP LOCKED
                ) AS found
            ) AS candidate
            LIMIT $3
        ), taken AS (
            DELETE FROM rota.ready
            WHERE ctid = ANY (ARRAY(SELECT place FROM chosen WHERE is_taken))
            RETURNING *, nextval('rota.job_token') AS token
        ), slots AS MATERIALIZED (
            SELECT ARRAY(SELECT id FROM chosen WHERE has_slot ORDER BY id) AS ids
        ), started AS (
            INSERT INTO rota.running (id, token, session, started_at, queue, route, node, attempt, priority, crashes,
                is_prefetched)
            SELECT id, token, $5, $6, queue, route, $7, attempt + 1, priority, crashes,
                id IS DISTINCT FROM (SELECT ids FROM slots)[width_bucket(id, (SELECT ids FROM slots))]
            FROM taken
        ), counted AS (
            INSERT INTO rota.counter_step (newest, route, n, state)
            SELECT newest, route, step.n * started.n, step.state
            FROM (SELECT max(id) AS newest, route, count(*) AS n FROM taken GROUP BY route) AS started
            CROSS JOIN (VALUES (-1, 2::smallint), (1, 3::smallint)) AS step (n, state)
        ), released AS (
            DELETE FROM rota.unique_key
            WHERE EXISTS (SELECT 1 FROM rota.unique_key WHERE scope = 0)
                AND id = ANY (ARRAY(SELECT id FROM taken)) AND scope = 0
        )
        SELECT t.id, t.token, t.attempt + 1, t.crashes::integer, t.route, t.queue, t.priority::integer, j.project,
            j.args, j.settings, j.schedule, j.created_at, 0 AS passed_over, NULL::bigint AS room
        FROM taken t
        JOIN rota.job j ON j.id = t.id
        UNION ALL
        SELECT min(id), 0, 0, 0, 0, queue, priority::integer, 0, NULL, NULL, NULL, 0, count(*)::integer, NULL
        FROM chosen
        WHERE NOT is_taken
        GROUP BY queue, priority
        UNION ALL
        SELECT 0, 0, 0, 0, 0, id, 0, 0, NULL, NULL, NULL, 0, 0, room
        FROM ruled
        WHERE id = ANY ($8)
        """;

    // What another process handed to this one.
    private const string ReadHanded = """
        SELECT r.id, r.token, r.attempt, r.crashes::integer, r.route, r.queue, r.priority::integer, j.project,
            j.args, j.settings, j.schedule, j.created_at, 0, NULL::bigint
        FROM rota.running r
        JOIN rota.job j ON j.id = r.id
        WHERE r.id = ANY ($1) AND r.session = $2 AND EXISTS (SELECT 1 FROM rota.session s WHERE s.id = $2)
        ORDER BY r.id
        """;

    private const string Hold = "SELECT id FROM rota.queue WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE";

    /// <summary>A crash must be blamed only on what really ran: neither a job whose last process died nor one on its
    /// last attempt, which a crash would end, waits in a worker.</summary>
    /// <param name="attempt">Attempts made so far.</param>
    public static bool IsAlone(int attempt, int crashes, ReadOnlyMemory<byte>? settings) =>
        crashes > 0 || attempt + 1 >= JobSettings.Parse(settings).MaxAttempts;

    public static async Task<LaneBook.Look?> LookAsync(
        PostgresDatabase database, ClaimOrder order, string node, CancellationToken stop)
    {
        var queues = new List<int>(order.Queues.Count);
        foreach (var queue in order.Queues.Distinct())
            queues.Add(await database.Words.AddAsync(queue, stop));
        return await database.Lanes.NextAsync(queues, node, stop);
    }

    /// <summary>The claim, and before it, where limited queues are looked at, the one that holds their rows.</summary>
    public static IEnumerable<Statement> Statements(
        PostgresDatabase database, LaneBook.Look look, ClaimOrder order, int node, DateTimeOffset now)
    {
        if (look.Limited.Count > 0)
            yield return new Statement(Hold, look.Limited.ToArray());
        yield return new Statement(Claim, look.Lanes.Select(lane => lane.Key).ToArray(), look.From.ToArray(),
            order.Slots + order.Prefetch, order.Slots, database.Lease.Session, now, node, look.Limited.ToArray());
    }

    /// <summary>A claimed job whose words are still numbers, or what was passed over in a lane, or the room of a
    /// queue.</summary>
    /// <param name="Id">The first one's, where jobs were passed over.</param>
    /// <param name="Job">Null where jobs were passed over, because they may not be taken ahead.</param>
    /// <param name="PassedOver">How many.</param>
    /// <param name="Room">Of a limited queue, before the claim.</param>
    public readonly record struct Row(
        Lane Lane, JobId Id, Claimed? Job, int Route, int Project, int PassedOver, long? Room);

    public static Row Read(NpgsqlDataReader rows)
    {
        var (id, lane, passedOver) = (rows.JobId(0), new Lane(rows.GetInt32(5), rows.GetInt32(6)), rows.GetInt32(12));
        long? room = rows.IsDBNull(13) ? null : rows.GetInt64(13);
        var job = passedOver > 0 || room is not null ? null : new Claimed
        {
            Id = id,
            Token = rows.GetInt64(1),
            Attempt = rows.GetInt32(2),
            Crashes = rows.GetInt32(3),
            Kind = "",
            Queue = "",
            Priority = lane.Priority,
            Project = "",
            Args = rows.Blob(8),
            Settings = rows.BlobOrNull(9),
            Schedule = rows.TextOrNull(10),
            CreatedAt = rows.Instant(11),
        };
        return new Row(lane, id, job, rows.GetInt32(4), rows.GetInt32(7), passedOver, room);
    }

    /// <summary>Tells the lanes what was found, and gives the jobs their words.</summary>
    /// <returns>In the order in which they are to start.</returns>
    public static async Task<IReadOnlyList<Claimed>> FinishAsync(
        PostgresDatabase database, LaneBook.Look look, ClaimOrder order, List<Row> rows)
    {
        var jobs = InOrder(look, rows);
        var found = new Dictionary<Lane, LaneBook.Found>();
        for (var at = 0; at < jobs.Count; at++)
        {
            if (at == jobs.Count - 1 || jobs[at].Lane != jobs[at + 1].Lane)
                found[jobs[at].Lane] = new(jobs[at].Id.Value + 1, MayHoldMore: false);
        }
        var held = new Wakeup();
        foreach (var row in rows.Where(row => row.PassedOver > 0))
        {
            var first = row.Id.Value;
            var next = found.TryGetValue(row.Lane, out var taken) ? Math.Min(taken.Next, first) : first;
            found[row.Lane] = new(next, MayHoldMore: true);
            if (first > look.FromOf(row.Lane))
                held.MadeReady(row.Lane, first);
        }
        var isFilled = jobs.Count + rows.Sum(row => row.PassedOver) >= order.Slots + order.Prefetch;
        var full = rows
            .Where(row => row.Room is { } room && room <= jobs.Count(job => job.Lane.Queue == row.Lane.Queue))
            .Select(row => row.Lane.Queue).ToHashSet();
        database.Lanes.Learn(look, found, jobs.Count > 0 ? jobs[0].Lane.Queue : null, isFilled, full);
        database.Wakeups.Tell(held); // the claim held them for a moment, and another one may have passed by them
        if (!isFilled && !look.IsWhole && (jobs.Count > 0 || found.Count < look.Lanes.Count))
            database.Signals.Ready.Set(); // the lanes left out may hold more
        return await NameAsync(database, jobs);
    }

    /// <summary>Those of these jobs that this process holds.</summary>
    public static async Task<IReadOnlyList<Claimed>> ReadHandedAsync(PostgresSession session, long[] ids) =>
        await NameAsync(session.Database,
            await session.ListAsync(ReadHanded, Read, ids, session.Database.Lease.Session));

    private static async Task<IReadOnlyList<Claimed>> NameAsync(PostgresDatabase database, List<Row> jobs)
    {
        var (words, routes) = (database.Words, database.Routes);
        await routes.LoadAsync(jobs.Select(row => row.Route), CancellationToken.None);
        await words.LoadAsync(jobs.Select(row => row.Project), CancellationToken.None);
        return jobs.ConvertAll(row => row.Job! with
        {
            Kind = routes.Of(row.Route).Kind,
            Queue = routes.Of(row.Route).Queue,
            Project = words.Text(row.Project),
        });
    }

    /// <summary>The jobs by the place of their lane and, in it, by id.</summary>
    private static List<Row> InOrder(LaneBook.Look look, List<Row> rows)
    {
        var places = new Dictionary<Lane, int>(look.Lanes.Count);
        foreach (var lane in look.Lanes)
            places.Add(lane, places.Count);
        var jobs = rows.FindAll(row => row.Job is not null);
        jobs.Sort((one, other) => one.Lane == other.Lane
            ? one.Id.CompareTo(other.Id) : places[one.Lane].CompareTo(places[other.Lane]));
        return jobs;
    }
}
