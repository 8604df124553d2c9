using Npgsql;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>The statements that bring new jobs into the database.</summary>
internal static class JobInsert
{
    /// <summary>The token of a row <c>a</c> that begins at once, or null: a queue may have been paused or
    /// limited, and a lease lost, since anybody looked.</summary>
    public const string Token = """
        CASE WHEN a.start > 0 AND EXISTS (SELECT 1 FROM rota.session s WHERE s.id = $17)
            AND NOT EXISTS (
                SELECT 1 FROM rota.queue q WHERE q.id = a.queue AND (q.is_paused OR q.max_running IS NOT NULL))
            THEN nextval('rota.job_token') END
        """;

    private const string Asked = """
        FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::integer[], $5::integer[], $6::smallint[],
            $7::bytea[], $8::bytea[], $9::text[], $10::text[], $11::bigint[], $12::smallint[], $13::bigint[],
            $14::integer[], $15::boolean[], $16::smallint[])
            AS a (given_id, created_at, route, queue, project, priority, args, settings, key, schedule, retry_of,
                state, due_at, blockers, is_alone, start)
        """;

    private static readonly string Insert = $"""
        WITH asked AS MATERIALIZED (
            SELECT coalesce(a.given_id, nextval('rota.job_id')) AS id, NULL::bigint AS token, a.*
            {Asked}
        ), {InsertAsked("state")}
        SELECT id, token
        FROM asked
        """;

    /// <summary>Inserts the rows of <c>asked</c> and, of those with a token, the attempts that begin.</summary>
    public static readonly string InsertAskedAndStart = $"""
        {InsertAsked("CASE WHEN token IS NULL THEN state ELSE 3 END")}, made_running AS (
            INSERT INTO rota.running (id, token, session, started_at, queue, route, node, attempt, priority,
                crashes, is_prefetched)
            SELECT id, token, $17, created_at, queue, route, $18, 1, priority, 0, start = 2
            FROM asked
            WHERE token IS NOT NULL
        )
        """;

    private static readonly string InsertStarting = $"""
        WITH asked AS MATERIALIZED (
            SELECT coalesce(a.given_id, nextval('rota.job_id')) AS id, {Token} AS token, a.*
            {Asked}
        ), {InsertAskedAndStart}
        SELECT id, token
        FROM asked
        """;

    /// <param name="state">Which they come to be in.</param>
    private static string InsertAsked(string state) => $"""
        jobs AS (
            INSERT INTO rota.job (id, created_at, route, project, args, settings, key, schedule)
            SELECT id, created_at, route, project, args, settings, key, schedule
            FROM asked
        ), retried AS (
            INSERT INTO rota.job_retry (id, of)
            SELECT id, retry_of
            FROM asked
            WHERE retry_of IS NOT NULL
        ), made_ready AS (
            INSERT INTO rota.ready (id, queue, route, attempt, priority, crashes, is_alone)
            SELECT id, queue, route, 0, priority, 0, is_alone
            FROM asked
            WHERE state = 2 AND token IS NULL
        ), made_waiting AS (
            INSERT INTO rota.waiting (id, due_at, queue, route, attempt, blockers, state, priority, crashes, is_alone)
            SELECT id, due_at, queue, route, 0, blockers, state, priority, 0, is_alone
            FROM asked
            WHERE state <> 2
        ), counted AS (
            INSERT INTO rota.counter_step (newest, route, n, state)
            SELECT max(id), route, count(*), {state}
            FROM asked
            GROUP BY route, {state}
        )
        """;

    // What most calls bring: jobs that are ready, differ only in their arguments, and have nothing more to say. The
    // large statement takes the server half as long again, and for a single job longer to set up than this one to run.
    private const string InsertReady = """
        WITH made AS (
            INSERT INTO rota.job (id, created_at, route, project, args, settings, schedule)
            SELECT nextval('rota.job_id'), created_at, $3, $4, args, $5, $6
            FROM unnest($1::bigint[], $2::bytea[]) AS a (created_at, args)
            RETURNING id
        ), made_ready AS (
            INSERT INTO rota.ready (id, queue, route, attempt, priority, crashes, is_alone)
            SELECT id, $7, $3, 0, $8, 0, $9
            FROM made
        ), counted AS (
            INSERT INTO rota.counter_step (newest, route, n, state)
            SELECT max(id), $3, count(*), 2
            FROM made
        )
        SELECT array_agg(id)
        FROM made
        """;

    // One such job, which a caller waits for: without a set of rows the server has less to set up.
    private const string InsertReadyOne = """
        WITH made AS (
            INSERT INTO rota.job (id, created_at, route, project, args, settings, schedule)
            VALUES (nextval('rota.job_id'), $1, $3, $4, $2, $5, $6)
            RETURNING id
        ), made_ready AS (
            INSERT INTO rota.ready (id, queue, route, attempt, priority, crashes, is_alone)
            SELECT id, $7, $3, 0, $8, 0, $9
            FROM made
        ), counted AS (
            INSERT INTO rota.counter_step (newest, route, n, state)
            SELECT id, $3, 1, 2
            FROM made
        )
        SELECT id, NULL::bigint
        FROM made
        """;

    // The same, begun in a worker of another process, unless that or the queue was taken away meanwhile.
    private const string InsertHanded = """
        WITH made AS (
            INSERT INTO rota.job (id, created_at, route, project, args, settings, schedule)
            VALUES (nextval('rota.job_id'), $1, $3, $4, $2, $5, $6)
            RETURNING id
        ), taker AS MATERIALIZED (
            SELECT id
            FROM rota.session
            WHERE id = $10 AND NOT EXISTS (
                SELECT 1 FROM rota.queue WHERE id = $7 AND (is_paused OR max_running IS NOT NULL))
        ), made_running AS (
            INSERT INTO rota.running (id, token, session, started_at, queue, route, node, attempt, priority,
                crashes, is_prefetched)
            SELECT made.id, nextval('rota.job_token'), taker.id, $1, $7, $3, $11, 1, $8, 0, false
            FROM made
            CROSS JOIN taker
        ), made_ready AS (
            INSERT INTO rota.ready (id, queue, route, attempt, priority, crashes, is_alone)
            SELECT id, $7, $3, 0, $8, 0, $9
            FROM made
            WHERE NOT EXISTS (SELECT 1 FROM taker)
        ), counted AS (
            INSERT INTO rota.counter_step (newest, route, n, state)
            SELECT id, $3, 1, CASE WHEN EXISTS (SELECT 1 FROM taker) THEN 3 ELSE 2 END
            FROM made
        )
        SELECT id, EXISTS (SELECT 1 FROM taker)
        FROM made
        """;

    /// <summary>Makes sure that the words and routes of these jobs are known to every process.</summary>
    public static async Task PrepareAsync(
        PostgresDatabase database, IReadOnlyList<NewJob> jobs, CancellationToken stop)
    {
        JobTemplate? last = null;
        foreach (var template in jobs.Select(job => job.Template))
        {
            if (ReferenceEquals(template, last))
                continue;
            last = template;
            await database.Words.AddAsync(template.Project, stop);
            await database.Routes.AddAsync(template.Kind, template.Queue, template.Priority, stop);
        }
    }

    /// <summary>Whether one statement inserts it, with nothing to ask before.</summary>
    public static bool IsPlain(in NewJob job) => job.Template is { Unique: null, Key: null, Tags.Count: 0 }
        && job.Template is { DependsOn.Count: 0, DependsOnNew.Count: 0, RetryOf: null };

    /// <summary>Inserts jobs in the session's transaction. <see cref="PrepareAsync"/> comes before.</summary>
    /// <returns>In the order given.</returns>
    public static async Task<IReadOnlyList<Enqueued>> InsertAsync(
        PostgresSession session, IReadOnlyList<NewJob> jobs, DateTimeOffset now)
    {
        if (jobs.All(job => IsPlain(job)))
        {
            var plain = new NewRows(session.Database, jobs.Count);
            foreach (var job in jobs)
                plain.Add(null, job, now, blockers: 0);
            return [.. (await InsertAsync(session, plain)).Select(id => new Enqueued(id, IsNew: true))];
        }
        await JobKeys.CheckAsync(session, jobs);
        var ids = await session.ListAsync("SELECT nextval('rota.job_id') FROM generate_series(1, $1)",
            rows => rows.JobId(0), jobs.Count);
        var enqueued = await JobKeys.HoldAsync(session, jobs, ids, now);
        var blockers = await JobDependencies.InsertAsync(session, jobs, enqueued);
        var rows = new NewRows(session.Database, jobs.Count);
        for (var at = 0; at < jobs.Count; at++)
        {
            if (enqueued[at].IsNew)
                rows.Add(ids[at], jobs[at], now, blockers[at]);
        }
        await InsertAsync(session, rows);
        await InsertTagsAsync(session, jobs, enqueued);
        return enqueued;
    }

    /// <summary>Inserts what comes next to jobs that ended; one whose unique key is held goes without it.</summary>
    public static async Task InsertNextsAsync(PostgresSession session, IReadOnlyList<NewJob> jobs, DateTimeOffset now)
    {
        if (jobs.Count == 0)
            return;
        var enqueued = await InsertAsync(session, jobs, now);
        await InsertNextsAsync(session, [.. jobs.Where((_, at) => !enqueued[at].IsNew)
            .Select(job => job with { Template = job.Template with { Unique = null } })], now);
    }

    /// <param name="commits">It commits by itself, so that the others may be told in the same round trip.</param>
    /// <returns>The ids, in order.</returns>
    public static async Task<List<JobId>> InsertAsync(PostgresSession session, NewRows rows, bool commits = false)
    {
        session.Starts?.Reserve(rows);
        var made = rows.IsStarting
            ? await session.ListAsync(InsertStarting, Read,
                [.. rows.Values(), session.Database.Lease.Session, session.Database.Node])
            : rows.ReadyValues() is not { } ready ? await session.ListAsync(Insert, Read, rows.Values())
            : rows.Only is { } row ? await InsertOneAsync(session, ready, row, commits)
            : await InsertManyAsync(session, ready);
        for (var at = 0; at < made.Count; at++)
            rows.Tell(session, at, made[at].Id, made[at].Token);
        return made.ConvertAll(row => row.Id);
    }

    private static (JobId Id, long? Token) Read(NpgsqlDataReader row) =>
        (row.JobId(0), row.IsDBNull(1) ? null : row.GetInt64(1));

    // Their ids come as one value: thousands of rows would take longer to send and to read.
    private static async Task<List<(JobId Id, long? Token)>> InsertManyAsync(PostgresSession session, object?[] values)
    {
        var made = await session.FindAsync(InsertReady, row => row.GetFieldValue<long[]>(0), values);
        return [.. made!.Select(id => (new JobId(id), default(long?)))];
    }

    /// <param name="commits">Its news may go with it, and it into the hands of another process.</param>
    private static async Task<List<(JobId Id, long? Token)>> InsertOneAsync(
        PostgresSession session, object?[] values, NewRows.Row row, bool commits)
    {
        var database = session.Database;
        if (!commits || database.Wakeups.TryTellWith(row.Lane) is not { } news)
            return await session.ListAsync(InsertReadyOne, Read, values);
        if (!row.IsAlone && database.Handover.TryTake(row.Lane.Queue) is { } slot)
        {
            (var handed, session.Wakeup.IsTold) = await session.ListAsync(
                new Statement(InsertHanded, [.. values, slot.Session, slot.Node]),
                made => (Id: made.JobId(0), IsHanded: made.GetBoolean(1)),
                then: database.Wakeups.TellHandedWith(slot.Session, row.Lane));
            row.Start = handed[0].IsHanded ? Start.Elsewhere : Start.Not;
            return [(handed[0].Id, null)];
        }
        (var made, session.Wakeup.IsTold) =
            await session.ListAsync(new Statement(InsertReadyOne, values), Read, then: news);
        return made;
    }

    private static async Task InsertTagsAsync(
        PostgresSession session, IReadOnlyList<NewJob> jobs, Enqueued[] enqueued)
    {
        var (tags, ids) = (new List<string>(), new List<long>());
        for (var at = 0; at < jobs.Count; at++)
        {
            foreach (var tag in enqueued[at].IsNew ? jobs[at].Template.Tags : [])
            {
                tags.Add(tag);
                ids.Add(enqueued[at].Id.Value);
            }
        }
        if (tags.Count > 0)
        {
            await session.RunAsync("""
                INSERT INTO rota.job_tag (tag, id)
                SELECT *
                FROM unnest($1::text[], $2::bigint[])
                ON CONFLICT DO NOTHING
                """, tags.ToArray(), ids.ToArray());
        }
    }
}

/// <summary>Rows of new jobs, which the statement takes column by column.</summary>
internal sealed class NewRows(PostgresDatabase database, int count)
{
    private readonly List<Row> _rows = new(count);

    /// <param name="Id">Null: the statement takes the next one.</param>
    public sealed record Row(JobId? Id, NewJob Job, DateTimeOffset CreatedAt, Route Route, JobState State,
        int Blockers, bool IsAlone)
    {
        public Lane Lane => Route.Lane;

        public Start Start { get; set; }
    }

    /// <summary>Null unless there is one row.</summary>
    public Row? Only => _rows is [var only] ? only : null;

    public bool IsStarting => _rows.Exists(row => row.Start != Start.Not);

    /// <param name="id">Null: the statement takes the next one.</param>
    public void Add(JobId? id, in NewJob job, DateTimeOffset now, int blockers)
    {
        var template = job.Template;
        var state = blockers > 0 ? JobState.Blocked
            : template.DueAt > now ? JobState.Scheduled
            : JobState.Queued;
        _rows.Add(new Row(id, job, now, database.Routes.Of(template), state, blockers,
            JobClaim.IsAlone(attempt: 0, crashes: 0, template.Settings)));
    }

    public List<Row> Queued(Predicate<Row> condition) =>
        _rows.FindAll(row => row.State == JobState.Queued && condition(row));

    public object?[] Values() =>
    [
        _rows.Column(row => row.Id?.Value), _rows.Column(row => row.CreatedAt.ToMicroseconds()),
        _rows.Column(row => row.Route.Number),
        _rows.Column(row => row.Lane.Queue), _rows.Column(row => database.Words.Number(row.Job.Template.Project)),
        _rows.Column(row => (short)row.Lane.Priority), _rows.Column(row => row.Job.Args),
        _rows.Column(row => row.Job.Template.Settings),
        _rows.Column(row => row.Job.Template.Key), _rows.Column(row => row.Job.Template.Schedule),
        _rows.Column(row => row.Job.Template.RetryOf?.Value), _rows.Column(row => (short)row.State),
        _rows.Column(row => WaitsUntil(row)), _rows.Column(row => row.Blockers), _rows.Column(row => row.IsAlone),
        _rows.Column(row => (short)row.Start),
    ];

    /// <returns>When they were made and their arguments, as columns unless there is one row only, and then what they
    /// share. Null unless all are ready, differ only in their arguments, and have nothing more to say.</returns>
    public object?[]? ReadyValues()
    {
        if (_rows is not [var first, ..] || !_rows.TrueForAll(row => IsOnlyReady(row) && IsLike(row, first)))
            return null;
        return
        [
            Only is null ? _rows.Column(row => row.CreatedAt.ToMicroseconds()) : first.CreatedAt,
            Only is null ? _rows.Column(row => row.Job.Args) : first.Job.Args,
            first.Route.Number, database.Words.Number(first.Job.Template.Project), first.Job.Template.Settings,
            first.Job.Template.Schedule, first.Lane.Queue, (short)first.Lane.Priority, first.IsAlone,
        ];
    }

    private static bool IsOnlyReady(Row row) =>
        row is { Id: null, State: JobState.Queued, Job.Template: { Key: null, RetryOf: null } };

    private static bool IsLike(Row row, Row other)
    {
        var (one, like) = (row.Job.Template, other.Job.Template);
        return ReferenceEquals(one, like) || (row.Route.Number == other.Route.Number && one.Project == like.Project
            && one.Schedule == like.Schedule && one.Settings.HasValue == like.Settings.HasValue
            && one.Settings.GetValueOrDefault().Span.SequenceEqual(like.Settings.GetValueOrDefault().Span));
    }

    /// <summary>As <see cref="Values"/>, without what plain jobs of one moment and of schedules do not have.</summary>
    public object?[] PlainValues() =>
    [
        _rows.Column(row => row.Route.Number), _rows.Column(row => row.Lane.Queue),
        _rows.Column(row => database.Words.Number(row.Job.Template.Project)),
        _rows.Column(row => (short)row.Lane.Priority),
        _rows.Column(row => row.Job.Args), _rows.Column(row => row.Job.Template.Settings),
        _rows.Column(row => (short)row.State),
        _rows.Column(row => WaitsUntil(row)), _rows.Column(row => row.IsAlone), _rows.Column(row => (short)row.Start),
    ];

    private static long? WaitsUntil(Row row) =>
        row.Job.Template.DueAt > row.CreatedAt ? row.Job.Template.DueAt.Value.ToMicroseconds() : null;

    /// <summary>Tells what became of one of them.</summary>
    /// <param name="start">The token where the job begins at once.</param>
    public void Tell(PostgresSession session, int at, JobId id, long? start)
    {
        var row = _rows[at];
        if (start is { } token)
            session.Starts!.Add(Begun(id, token, row));
        else if (row.State != JobState.Queued)
            session.Wakeup.MadeWaiting = true;
        else if (row.Start != Start.Elsewhere)
            session.Wakeup.MadeReady(row.Lane, id.Value);
    }

    private static Claimed Begun(JobId id, long token, Row row) => new()
    {
        Id = id,
        Token = token,
        Attempt = 1,
        Crashes = 0,
        Kind = row.Job.Template.Kind,
        Queue = row.Job.Template.Queue,
        Priority = row.Lane.Priority,
        Project = row.Job.Template.Project,
        Args = row.Job.Args,
        Settings = row.Job.Template.Settings,
        Schedule = row.Job.Template.Schedule,
        CreatedAt = row.CreatedAt,
    };
}
