using Npgsql;
using Rota.Jobs;

namespace Rota.Postgres;

/// <summary>The statements about jobs that wait for other jobs.</summary>
/// <remarks>An edge stays as long as the job that waited; beside it stands a dependency for as long as it
/// waits.</remarks>
internal static class JobDependencies
{
    /// <summary>What the end of jobs means for those that wait for them. Two statements: the second one sees what the
    /// first one, and every transaction that it waited for, made of the number of blockers.</summary>
    /// <remarks>One that has no outcome is passed over.</remarks>
    public static Statement[] Release(IEnumerable<EndedJob> ended, DateTimeOffset now)
    {
        var byId = ended.OrderBy(job => job.Id).ToList();
        return
        [
            new(ReleaseEnded, byId.Select(job => job.Route).ToArray(), byId.Select(job => job.Id).ToArray(), now),
            new(FreeUnblocked),
        ];
    }

    // Who waits for nothing but its time any more becomes scheduled.
    // The ids rise, and what belongs to one is found by its place among them: a join could be planned the wrong way
    // round. Who is not among them ends by this statement, as canceled. Mostly nobody waits and no key is held: to ask
    // that once is less than to look for every job.
    private const string ReleaseEnded = """
        WITH RECURSIVE ended AS MATERIALIZED (
            SELECT awaited.id, (
                    SELECT o.state
                    FROM rota.outcome o
                    WHERE o.route = ($1::integer[])[width_bucket(awaited.id, $2)] AND o.id = awaited.id
                ) AS state
            FROM (
                SELECT DISTINCT on_id AS id
                FROM rota.job_edge
                WHERE EXISTS (SELECT 1 FROM rota.job_edge WHERE state IS NULL) AND on_id = ANY ($2) AND state IS NULL
            ) AS awaited
        ), fallen (id, because, state) AS (
            SELECT d.id, e.id, e.state
            FROM ended e
            JOIN rota.dependency d ON d.on_id = e.id AND d.rule = 0
            WHERE e.state IN (6, 7)
            UNION
            SELECT d.id, f.id, 7::smallint
            FROM fallen f
            JOIN rota.dependency d ON d.on_id = f.id AND d.rule = 0
        ), gone AS (
            DELETE FROM rota.waiting
            WHERE id = ANY (ARRAY(SELECT id FROM fallen))
            RETURNING *
        ), cut_fallen AS (
            DELETE FROM rota.dependency
            WHERE id = ANY (ARRAY(SELECT id FROM fallen))
        ), cut AS (
            DELETE FROM rota.dependency
            WHERE on_id = ANY (ARRAY(
                    SELECT id FROM ended WHERE state IS NOT NULL
                    UNION ALL
                    SELECT id FROM fallen
                ))
                AND id <> ALL (ARRAY(SELECT id FROM fallen))
            RETURNING id
        ), unblocked AS (
            UPDATE rota.waiting w
            SET blockers = w.blockers - c.n,
                state = CASE WHEN w.blockers = c.n AND w.due_at > $3 THEN 0 ELSE w.state END,
                due_at = CASE WHEN w.blockers = c.n AND w.due_at <= $3 THEN NULL ELSE w.due_at END
            FROM (SELECT id, count(*) AS n FROM cut GROUP BY id) AS c
            WHERE w.id = c.id
            RETURNING w.id, w.route, w.state
        ), noted AS (
            UPDATE rota.job_edge j
            SET state = coalesce((
                    SELECT o.state
                    FROM rota.outcome o
                    WHERE o.route = ($1::integer[])[width_bucket(j.on_id, $2)] AND o.id = j.on_id
                ), 7)
            WHERE j.state IS NULL AND j.on_id = ANY (ARRAY(
                SELECT id FROM ended WHERE state IS NOT NULL
                UNION ALL
                SELECT id FROM gone
            ))
        ), canceled AS (
            INSERT INTO rota.outcome (id, started_at, ended_at, route, node, attempt, state, reason)
            SELECT id, 0, $3, route, 0, 0, 7, 0
            FROM gone
        ), told AS (
            INSERT INTO rota.outcome_error (id, text)
            SELECT DISTINCT ON (f.id) f.id, 'Job ' || f.because || ', which had to succeed first, '
                || CASE f.state WHEN 6 THEN 'failed.' ELSE 'was canceled.' END
            FROM fallen f
            JOIN gone g ON g.id = f.id
            ORDER BY f.id, f.because
        ), released AS (
            DELETE FROM rota.unique_key u
            WHERE EXISTS (SELECT 1 FROM rota.unique_key) AND u.id = ANY ($2) AND u.expires_at IS NULL AND (
                SELECT true
                FROM unnest($1::integer[], $2::bigint[]) AS e (route, id)
                JOIN rota.outcome o ON o.route = e.route AND o.id = e.id
                WHERE e.id = u.id
            )
        ), released_gone AS (
            DELETE FROM rota.unique_key
            WHERE id = ANY (ARRAY(SELECT id FROM gone)) AND expires_at IS NULL
        ), counted AS (
            INSERT INTO rota.counter_step (newest, route, n, state)
            SELECT max(id), route, step.n * count(*), step.state
            FROM (
                SELECT id, route, 7::smallint AS becomes
                FROM gone
                UNION ALL
                SELECT id, route, state
                FROM unblocked
                WHERE state = 0
            ) AS moved
            CROSS JOIN LATERAL (VALUES (-1, 1::smallint), (1, becomes)) AS step (n, state)
            GROUP BY route, step.n, step.state
        )
        SELECT EXISTS (SELECT 1 FROM unblocked WHERE state = 0)
        """;

    /// <summary>Makes ready what waits for nothing any more.</summary>
    public static readonly string FreeUnblocked = JobMoves.MakeReady(
        "SELECT id FROM rota.waiting WHERE state = 1 AND blockers = 0 FOR UPDATE SKIP LOCKED");

    /// <summary>Frees who waits for these jobs, in the session's transaction.</summary>
    public static async Task ReleaseAsync(PostgresSession session, IReadOnlyList<EndedJob> ended, DateTimeOffset now)
    {
        if (ended.Count > 0)
            await session.BatchAsync(Release(ended, now), rows => TellAsync(session.Wakeup, rows));
    }

    /// <summary>Reads what the two statements made waiting and ready.</summary>
    public static async Task<int> TellAsync(Wakeup wakeup, NpgsqlDataReader rows)
    {
        wakeup.MadeWaiting |= await rows.ReadAsync() && rows.GetBoolean(0);
        await rows.NextResultAsync();
        return await JobMoves.TellAsync(wakeup, rows);
    }

    /// <summary>Notes for which jobs the new ones wait, all of them at once.</summary>
    /// <param name="enqueued">What becomes of each job: the edges of those that are new are inserted.</param>
    /// <returns>For each job, how many of those it waits for have not ended yet.</returns>
    /// <exception cref="InvalidFieldException"><c>depends_on</c>: not there, or can never succeed.</exception>
    public static async Task<int[]> InsertAsync(
        PostgresSession session, IReadOnlyList<NewJob> jobs, Enqueued[] enqueued)
    {
        var blockers = new int[jobs.Count];
        var edges = await EdgesAsync(session, jobs, enqueued);
        var others = edges.Where(edge => edge is { State: null, IsNew: false }).Select(edge => edge.On.Value);
        var ended = await EndedAsync(session, [.. others]);
        for (var at = 0; at < edges.Count; at++)
        {
            var edge = edges[at] with { State = edges[at].State ?? ended.GetValueOrDefault(edges[at].On.Value) };
            if (edge.State is { } state and not JobState.Succeeded && edge.Rule == DependencyRule.AllSucceeded)
                throw JobNeverSucceeds(edge.On, state);
            blockers[edge.Place] += edge.State is null ? 1 : 0;
            edges[at] = edge;
        }
        if (edges.Count > 0)
        {
            await session.RunAsync(InsertEdges, edges.Select(edge => enqueued[edge.Place].Id.Value).ToArray(),
                edges.Select(edge => edge.On.Value).ToArray(), edges.Select(edge => (short?)edge.State).ToArray(),
                edges.Select(edge => (short)edge.Rule).ToArray());
        }
        return blockers;
    }

    /// <param name="Place">Of the job that waits, among those of the insert.</param>
    /// <param name="IsNew">The job that it waits for is of the same insert.</param>
    private readonly record struct Edge(
        int Place, JobId On, DependencyRule Rule, JobState? State = null, bool IsNew = false);

    private const string InsertEdges = """
        WITH edge AS MATERIALIZED (
            SELECT *
            FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[]) AS e (id, on_id, state, rule)
        ), kept AS (
            INSERT INTO rota.job_edge (id, on_id, state)
            SELECT id, on_id, state
            FROM edge
        )
        INSERT INTO rota.dependency (on_id, id, rule)
        SELECT on_id, id, rule
        FROM edge
        WHERE state IS NULL
        """;

    private static async Task<List<Edge>> EdgesAsync(
        PostgresSession session, IReadOnlyList<NewJob> jobs, Enqueued[] enqueued)
    {
        var edges = new List<Edge>();
        for (var at = 0; at < jobs.Count; at++)
        {
            if (!enqueued[at].IsNew)
                continue;
            edges.AddRange(Edges(jobs[at].Template, at, enqueued.AsSpan(0, at)));
            if (jobs[at].Template.RetryOf is { } of)
                edges.AddRange(await TakeOverAsync(session, of, at));
        }
        return edges;
    }

    /// <param name="before">What becomes of the jobs that stand before it in the same insert.</param>
    private static IEnumerable<Edge> Edges(JobTemplate template, int place, ReadOnlySpan<Enqueued> before)
    {
        var edges = template.DependsOn.Select(on => new Edge(place, on, template.DependencyRule)).ToList();
        foreach (var other in template.DependsOnNew)
            edges.Add(new Edge(place, before[other].Id, template.DependencyRule, IsNew: before[other].IsNew));
        return edges.DistinctBy(edge => edge.On);
    }

    /// <summary>A retry stands where the retried job stood, and waits for what has not ended, however that ends.
    /// </summary>
    private static async Task<IEnumerable<Edge>> TakeOverAsync(PostgresSession session, JobId of, int place) =>
        (await session.ListAsync("""
            SELECT id, on_id, state
            FROM rota.job_edge
            WHERE id = $1
            ORDER BY on_id
            """, PostgresFlows.Read, of))
        .Select(edge => new Edge(place, edge.OnId, DependencyRule.AllEnded, edge.State));

    private static InvalidFieldException JobNeverSucceeds(JobId on, JobState ended) => new("depends_on",
        $"Job {on} is {ended.ToString().ToLowerInvariant()}, so a job that needs its success can never run.",
        "Retry that job and depend on the retry, or set dependency_rule to all_ended.");

    /// <summary>The final states of jobs; null of those that have not ended, whose rows are then locked where they
    /// stand, so that their end comes after this transaction and sees who waits for it.</summary>
    private static async Task<Dictionary<long, JobState?>> EndedAsync(PostgresSession session, HashSet<long> jobs)
    {
        var found = new Dictionary<long, JobState?>(jobs.Count);
        for (var look = 0; jobs.Count > 0; look++)
        {
            if (look == JobMoves.LooksMax)
                throw JobMoves.Restless();
            var asked = jobs.ToArray();
            foreach (var (id, state) in await session.ListAsync(FindState, rows =>
                (rows.GetInt64(0), rows.IsDBNull(1) ? default(JobState?) : (JobState)rows.GetInt16(1)), asked))
            {
                found[id] = state;
                if (state is not null)
                    jobs.Remove(id);
            }
            if (asked.Except(found.Keys).ToList() is [var unknown, ..])
            {
                throw new InvalidFieldException("depends_on", $"There is no job {unknown}.",
                    "A job can depend only on jobs that were enqueued before it, so a cycle cannot be made.");
            }
            // One that moves from one place to another in between is looked for again.
            foreach (var place in Places)
                jobs.ExceptWith(await LockAsync(session, place, jobs));
        }
        return found;
    }

    private const string FindState = """
        SELECT j.id, (SELECT o.state FROM rota.outcome o WHERE o.route = j.route AND o.id = j.id)
        FROM rota.job j
        WHERE j.id = ANY ($1)
        """;

    /// <returns>Those that stand there.</returns>
    private static async Task<IEnumerable<long>> LockAsync(PostgresSession session, string place, HashSet<long> jobs)
    {
        if (jobs.Count == 0)
            return [];
        var held = await session.ListAsync(place, rows => (Id: rows.GetInt64(0),
            Lane: rows.IsDBNull(1) ? default(Lane?) : new Lane(rows.GetInt32(1), rows.GetInt32(2))), jobs.ToArray());
        foreach (var (id, lane) in held)
        {
            if (lane is { } passed)
                session.Wakeup.MadeReady(passed, id); // a claim passed by it while it was held
        }
        return held.Select(job => job.Id);
    }

    private static readonly string[] Places =
    [
        "SELECT id, NULL::integer, NULL::integer FROM rota.waiting WHERE id = ANY ($1) ORDER BY id FOR SHARE",
        """
        SELECT place.id, place.queue, place.priority::integer
        FROM rota.job j
        JOIN rota.route t ON t.id = j.route
        CROSS JOIN LATERAL (
            SELECT r.id, r.queue, r.priority
            FROM rota.ready r
            WHERE r.queue = t.queue AND r.priority = t.priority AND r.id = j.id
            LIMIT 1
            FOR SHARE
        ) AS place
        WHERE j.id = ANY ($1)
        """,
        "SELECT id, NULL::integer, NULL::integer FROM rota.running WHERE id = ANY ($1) ORDER BY id FOR SHARE",
    ];
}

/// <summary>Names an outcome by its key.</summary>
internal readonly record struct EndedJob(int Route, long Id);
