using Rota.Jobs;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>The statements that bring new jobs into the database.</summary>
internal static class JobInsert
{
    private const string Insert = """
        WITH asked AS MATERIALIZED (
            SELECT coalesce(a.given_id, nextval('rota.job_id')) AS id, a.*
            FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::integer[], $5::integer[], $6::smallint[],
                $7::bytea[], $8::bytea[], $9::text[], $10::text[], $11::bigint[], $12::smallint[], $13::bigint[],
                $14::integer[], $15::boolean[])
                AS a (given_id, created_at, route, queue, project, priority, args, settings, key, schedule, retry_of,
                    state, due_at, blockers, is_alone)
        ), jobs AS (
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
            WHERE state = 2
        ), made_waiting AS (
            INSERT INTO rota.waiting (id, due_at, queue, route, attempt, blockers, state, priority, crashes, is_alone)
            SELECT id, due_at, queue, route, 0, blockers, state, priority, 0, is_alone
            FROM asked
            WHERE state <> 2
        ), counted AS (
            INSERT INTO rota.counter_step (route, n, state)
            SELECT route, count(*), state
            FROM asked
            GROUP BY route, state
        )
        SELECT id
        FROM asked
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

    /// <returns>The ids, in order.</returns>
    public static async Task<List<JobId>> InsertAsync(PostgresSession session, NewRows rows)
    {
        var ids = await session.ListAsync(Insert, read => read.JobId(0), rows.Values());
        rows.Tell(session.Wakeup, ids);
        return ids;
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

/// <summary>Rows of new jobs, column by column, as the statement takes them.</summary>
internal sealed class NewRows(PostgresDatabase database, int count)
{
    private readonly List<long?> _ids = new(count);
    private readonly List<long> _createdAt = new(count);
    private readonly List<int> _routes = new(count);
    private readonly List<int> _queues = new(count);
    private readonly List<int> _projects = new(count);
    private readonly List<short> _priorities = new(count);
    private readonly List<ReadOnlyMemory<byte>> _args = new(count);
    private readonly List<ReadOnlyMemory<byte>?> _settings = new(count);
    private readonly List<string?> _keys = new(count);
    private readonly List<string?> _schedules = new(count);
    private readonly List<long?> _retryOf = new(count);
    private readonly List<short> _states = new(count);
    private readonly List<long?> _dueAt = new(count);
    private readonly List<int> _blockers = new(count);
    private readonly List<bool> _isAlone = new(count);

    /// <param name="id">Null: the statement takes the next one.</param>
    public void Add(JobId? id, in NewJob job, DateTimeOffset now, int blockers)
    {
        var template = job.Template;
        var route = database.Routes.Of(template);
        var state = blockers > 0 ? JobState.Blocked
            : template.DueAt > now ? JobState.Scheduled
            : JobState.Queued;
        _ids.Add(id?.Value);
        _createdAt.Add(now.ToMicroseconds());
        _routes.Add(route.Number);
        _queues.Add(route.Lane.Queue);
        _projects.Add(database.Words.Number(template.Project));
        _priorities.Add((short)template.Priority);
        _args.Add(job.Args);
        _settings.Add(template.Settings);
        _keys.Add(template.Key);
        _schedules.Add(template.Schedule);
        _retryOf.Add(template.RetryOf?.Value);
        _states.Add((short)state);
        _dueAt.Add(state == JobState.Scheduled ? template.DueAt!.Value.ToMicroseconds() : null);
        _blockers.Add(blockers);
        _isAlone.Add(JobClaim.IsAlone(attempt: 0, crashes: 0, template.Settings));
    }

    public object?[] Values() =>
    [
        _ids.ToArray(), _createdAt.ToArray(), _routes.ToArray(), _queues.ToArray(), _projects.ToArray(),
        _priorities.ToArray(), _args.ToArray(), _settings.ToArray(), _keys.ToArray(), _schedules.ToArray(),
        _retryOf.ToArray(), _states.ToArray(), _dueAt.ToArray(), _blockers.ToArray(), _isAlone.ToArray(),
    ];

    public void Tell(Wakeup wakeup, List<JobId> ids)
    {
        for (var at = 0; at < ids.Count; at++)
        {
            if (_states[at] == (short)JobState.Queued)
                wakeup.MadeReady(new Lane(_queues[at], _priorities[at]), ids[at].Value);
            else
                wakeup.MadeWaiting = true;
        }
    }
}
