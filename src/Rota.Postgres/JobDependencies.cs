using Rota.Jobs;

namespace Rota.Postgres;

/// <summary>The statements about jobs that wait for other jobs.</summary>
internal static class JobDependencies
{
    /// <summary>What the end of jobs means for those that wait for them. Two statements: the second one sees what the
    /// first one, and every transaction that it waited for, made of the number of blockers.</summary>
    /// <remarks>One that has no outcome is passed over.</remarks>
    public static Statement[] Release(IReadOnlyList<EndedJob> ended, DateTimeOffset now) =>
    [
        new(ReleaseEnded, ended.Select(job => job.Route).ToArray(), ended.Select(job => job.Id).ToArray(), now),
        new(FreeUnblocked),
    ];

    // Mostly nobody waits and no key is held: to ask that once is less than to look for every job.
    private const string ReleaseEnded = """
        WITH RECURSIVE ended AS MATERIALIZED (
            SELECT awaited.id, (
                    SELECT o.state
                    FROM unnest($1::integer[], $2::bigint[]) AS e (route, id)
                    JOIN rota.outcome o ON o.route = e.route AND o.id = e.id
                    WHERE e.id = awaited.id
                ) AS state
            FROM (
                SELECT DISTINCT on_id AS id
                FROM rota.dependency
                WHERE EXISTS (SELECT 1 FROM rota.dependency) AND on_id = ANY ($2)
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
            SET blockers = w.blockers - c.n
            FROM (SELECT id, count(*) AS n FROM cut GROUP BY id) AS c
            WHERE w.id = c.id
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
        )
        INSERT INTO rota.counter_step (route, n, state)
        SELECT route, step.n * count(*), step.state
        FROM gone
        CROSS JOIN (VALUES (-1, 1::smallint), (1, 7::smallint)) AS step (n, state)
        GROUP BY route, step.n, step.state
        """;

    /// <summary>Makes ready what waits for nothing any more.</summary>
    public static readonly string FreeUnblocked = JobMoves.MakeReady(
        "SELECT id FROM rota.waiting WHERE state = 1 AND blockers = 0 FOR UPDATE SKIP LOCKED");

    /// <summary>Frees who waits for these jobs, in the session's transaction.</summary>
    public static async Task ReleaseAsync(PostgresSession session, IReadOnlyList<EndedJob> ended, DateTimeOffset now)
    {
        if (ended.Count > 0)
            await session.BatchAsync(Release(ended, now), rows => JobMoves.TellAsync(session.Wakeup, rows));
    }

    /// <summary>Notes for which jobs a new one waits.</summary>
    /// <returns>How many of them have not ended yet.</returns>
    /// <exception cref="InvalidFieldException"><c>depends_on</c>: not there, or can never succeed.</exception>
    public static async Task<int> InsertAsync(PostgresSession session, JobId id, JobTemplate template)
    {
        var blockers = 0;
        foreach (var on in template.DependsOn.Distinct())
        {
            if (await EndedAsync(session, on, id) is { } ended)
            {
                if (template.DependencyRule == DependencyRule.AllSucceeded && ended != JobState.Succeeded)
                    throw JobNeverSucceeds(on, ended);
                continue;
            }
            await session.RunAsync("INSERT INTO rota.dependency (on_id, id, rule) VALUES ($1, $2, $3)",
                on, id, template.DependencyRule);
            blockers++;
        }
        return blockers;
    }

    private static InvalidFieldException JobNeverSucceeds(JobId on, JobState ended) => new("depends_on",
        $"Job {on} is {ended.ToString().ToLowerInvariant()}, so a job that needs its success can never run.",
        "Retry that job and depend on the retry, or set dependency_rule to all_ended.");

    /// <summary>The final state of a job; null when it has not ended, and then its row is locked where it stands, so
    /// that its end comes after this transaction and sees who waits for it.</summary>
    private static async Task<JobState?> EndedAsync(PostgresSession session, JobId on, JobId self)
    {
        for (var look = 0; on != self; look++)
        {
            if (look == JobMoves.LooksMax)
                throw JobMoves.Restless();
            var (isThere, state) = await session.FindAsync("""
                SELECT true, o.state
                FROM rota.job j
                LEFT JOIN rota.outcome o ON o.route = j.route AND o.id = j.id
                WHERE j.id = $1
                """, rows => (true, rows.IsDBNull(1) ? default(JobState?) : (JobState)rows.GetInt16(1)), on);
            if (!isThere)
                break;
            if (state is not null)
                return state;
            foreach (var place in Places)
            {
                if (await session.FindAsync(place, rows => new Place(
                    rows.IsDBNull(0) ? null : new Lane(rows.GetInt32(0), rows.GetInt32(1))), on) is not { } found)
                    continue;
                if (found.Lane is { } lane)
                    session.Wakeup.MadeReady(lane, on.Value); // a claim passed by it while it was held
                return null;
            }
            // It moved from one place to another in between: look again.
        }
        throw new InvalidFieldException("depends_on", $"There is no job {on}.",
            "A job can depend only on jobs that were enqueued before it, so a cycle cannot be made.");
    }

    /// <param name="Lane">Of a ready job.</param>
    private sealed record Place(Lane? Lane);

    private static readonly string[] Places =
    [
        "SELECT NULL::integer FROM rota.waiting WHERE id = $1 FOR SHARE",
        """
        SELECT queue, priority::integer
        FROM rota.ready
        WHERE id = $1
            AND queue = (SELECT t.queue FROM rota.job j JOIN rota.route t ON t.id = j.route WHERE j.id = $1)
            AND priority = (SELECT t.priority FROM rota.job j JOIN rota.route t ON t.id = j.route WHERE j.id = $1)
        FOR SHARE
        """,
        "SELECT NULL::integer FROM rota.running WHERE id = $1 FOR SHARE",
    ];
}

/// <summary>Names an outcome by its key.</summary>
internal readonly record struct EndedJob(int Route, long Id);
