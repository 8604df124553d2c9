using System.Diagnostics;
using Npgsql;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>The statements that move jobs outside a worker's hands: due, rescue, cancel, hurry.</summary>
internal static class JobMoves
{
    private const int RescuedAtOnce = 1_000;

    // So long after the end of a lease, jobs may turn up that its process had just claimed.
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(10);

    /// <summary>How often a job is looked for that moves from place to place meanwhile.</summary>
    public const int LooksMax = 100;

    /// <summary>A statement that makes waiting jobs ready and gives, by lane, the smallest id and how many.</summary>
    /// <param name="chosen">Selects their ids.</param>
    public static string MakeReady(string chosen) => $"""
        WITH moved AS (
            DELETE FROM rota.waiting
            WHERE id = ANY (ARRAY({chosen}))
            RETURNING *
        ), made_ready AS (
            INSERT INTO rota.ready (id, queue, route, attempt, priority, crashes, is_alone)
            SELECT id, queue, route, attempt, priority, crashes, is_alone
            FROM moved
        ), counted AS (
            INSERT INTO rota.counter_step (newest, route, n, state)
            SELECT 0, route, -count(*), state
            FROM moved
            GROUP BY route, state
            UNION ALL
            SELECT max(id), route, count(*), 2
            FROM moved
            GROUP BY route
        )
        SELECT queue, priority::integer, min(id), count(*)::integer
        FROM moved
        GROUP BY queue, priority
        """;

    /// <summary>Reads what such a statement made ready.</summary>
    /// <returns>How many jobs.</returns>
    public static async Task<int> TellAsync(Wakeup wakeup, NpgsqlDataReader rows)
    {
        var count = 0;
        while (await rows.ReadAsync())
        {
            wakeup.MadeReady(new Lane(rows.GetInt32(0), rows.GetInt32(1)), rows.GetInt64(2));
            count += rows.GetInt32(3);
        }
        return count;
    }

    private static readonly string Due = MakeReady(
        "SELECT id FROM rota.waiting WHERE due_at <= $1 AND state <> 1 ORDER BY due_at, id LIMIT $2 "
        + "FOR UPDATE SKIP LOCKED");

    private static readonly string One = MakeReady("SELECT id FROM rota.waiting WHERE id = $1 AND state IN (0, 4)");

    private const string NextDue =
        "SELECT due_at FROM rota.waiting WHERE due_at IS NOT NULL AND state <> 1 ORDER BY due_at, id LIMIT 1";

    public static Task<Promoted> PromoteAsync(PostgresSession session, DateTimeOffset now, int limit) =>
        session.BatchAsync(
            [new Statement(Due, now, limit), new Statement(JobDependencies.FreeUnblocked), new Statement(NextDue)],
            async rows =>
            {
                var count = await TellAsync(session.Wakeup, rows);
                await rows.NextResultAsync();
                await TellAsync(session.Wakeup, rows);
                await rows.NextResultAsync();
                return new Promoted(count, await rows.ReadAsync() ? rows.Instant(0) : null);
            });

    public static async Task<bool> HurryAsync(PostgresSession session, JobId id) =>
        await session.BatchAsync([new Statement(One, id)], rows => TellAsync(session.Wakeup, rows)) > 0;

    /// <summary>Ends the leases that are over, and takes back what their processes held.</summary>
    public static async Task<int> RescueAsync(PostgresSession session, RescueRule rule, DateTimeOffset now)
    {
        var looks = session.Database.RescueLooks;
        if (session.Database.Lease.MayEndOthers && await EndLeasesAsync(session) > 0)
            looks.Hurry(Aftermath);
        if (!looks.IsDue)
            return 0;
        var beganAt = Stopwatch.GetTimestamp();
        var lost = await session.ListAsync("""
            SELECT r.id, r.token, r.attempt, r.crashes::integer, r.started_at, r.is_prefetched, r.cancel_reason,
                j.settings, w.text
            FROM rota.running r
            JOIN rota.job j ON j.id = r.id
            JOIN rota.word w ON w.id = r.node
            WHERE NOT EXISTS (SELECT 1 FROM rota.session s WHERE s.id = r.session)
            ORDER BY r.id
            LIMIT $1
            FOR UPDATE OF r SKIP LOCKED
            """, rows => Lost(rows, rule, now), RescuedAtOnce);
        looks.Done(beganAt);
        if (lost.Count > 0)
        {
            looks.Hurry(); // there may be more
            await EndAsync(session, lost, now);
        }
        return lost.Count;
    }

    private static Task<int> EndLeasesAsync(PostgresSession session) => session.RunAsync("""
        DELETE FROM rota.session
        WHERE id = ANY (ARRAY(
            SELECT id
            FROM rota.session
            WHERE seen_at < clock_timestamp() - $1
            FOR UPDATE SKIP LOCKED
        ))
        """, Lease.Length);

    private static Ending Lost(NpgsqlDataReader rows, RescueRule rule, DateTimeOffset now)
    {
        var (number, crashes, isPrefetched) = (rows.GetInt32(2), rows.GetInt32(3) + 1, rows.GetBoolean(5));
        // A job that was taken ahead has probably only waited: its attempt is not counted. But it may have just begun,
        // so the crash is, and from then on it is never taken ahead: if it is the culprit, the next time will tell.
        var attempt = isPrefetched ? number - 1 : number;
        var lost = $"The process of node {rows.GetString(8)} ended while "
            + (isPrefetched ? "this job waited in it or had just begun; not counted." : "this attempt ran.");
        var (state, reason, note) =
            rows.TextOrNull(6) is { } canceled ? (JobState.Canceled, FailReason.None, canceled)
            : crashes >= rule.CrashesMax ? (JobState.Failed, FailReason.Crashed,
                $"In quarantine: {crashes} processes in a row ended while they ran this job.")
            : attempt >= JobSettings.Parse(rows.BlobOrNull(7)).MaxAttempts ? (JobState.Failed, FailReason.Lost, lost)
            : (JobState.Queued, FailReason.None, "");
        return new Ending
        {
            Id = rows.JobId(0),
            Token = rows.GetInt64(1),
            State = state,
            Reason = reason,
            Number = number,
            Attempt = attempt,
            Crashes = crashes,
            IsAlone = true,
            StartedAt = rows.Instant(4),
            EndedAt = now,
            IsEvent = state.IsFinal,
            Outcome = AttemptOutcome.Lost,
            Error = new AttemptError("lost", lost, Stack: null),
            Note = note,
        };
    }

    /// <summary>Gives back the jobs of this process that nobody in it knows of.</summary>
    /// <param name="only">Null: all of them.</param>
    public static async Task GiveBackUnknownAsync(
        PostgresDatabase database, DateTimeOffset now, CancellationToken stop, long[]? only = null)
    {
        var (held, beganAt) = (database.Held, Stopwatch.GetTimestamp());
        await database.WriteAsync(async session =>
        {
            var unknown = await session.ListAsync("""
                SELECT r.id, r.token, r.attempt, r.crashes::integer, r.started_at, j.settings
                FROM rota.running r
                JOIN rota.job j ON j.id = r.id
                WHERE r.session = $1 AND r.token <> ALL ($2) AND ($3::bigint[] IS NULL OR r.id = ANY ($3))
                """, rows => Unknown(rows, now), database.Lease.Session, held.All(), only);
            unknown.RemoveAll(job => !held.TryRefuse(job.Token));
            return unknown.Count == 0 ? [] : await EndAsync(session, unknown, now);
        }, stop);
        if (only is null)
            held.Checked(beganAt);
    }

    private static Ending Unknown(NpgsqlDataReader rows, DateTimeOffset now)
    {
        var (attempt, crashes) = (rows.GetInt32(2) - 1, rows.GetInt32(3));
        return new Ending
        {
            Id = rows.JobId(0),
            Token = rows.GetInt64(1),
            State = JobState.Queued,
            Number = attempt + 1,
            Attempt = attempt,
            Crashes = crashes,
            IsAlone = JobClaim.IsAlone(attempt, crashes, rows.BlobOrNull(5)),
            StartedAt = rows.Instant(4),
            EndedAt = now,
        };
    }

    /// <summary>Ends attempts and frees who waits for their jobs, in the session's transaction.</summary>
    public static async Task<List<JobEnd.Moved>> EndAsync(
        PostgresSession session, List<Ending> endings, DateTimeOffset now)
    {
        var moved = new List<JobEnd.Moved>(endings.Count);
        foreach (var statement in JobEnd.Statements(endings))
        {
            foreach (var alike in await session.ListAsync(statement.Sql, JobEnd.Read, statement.Values))
                moved.AddRange(alike);
        }
        JobEnd.Tell(session, moved);
        await JobDependencies.ReleaseAsync(session,
            [.. moved.Where(move => move.State.IsFinal).Select(move => new EndedJob(move.Route, move.Id))],
            now);
        return moved;
    }

    private const string CancelRunning = """
        UPDATE rota.running r
        SET cancel_reason = coalesce(cancel_reason, $2)
        FROM rota.word w
        WHERE r.id = ANY ($1) AND w.id = r.node
        RETURNING r.id, 3, w.text, r.route
        """;

    private const string CancelWaiting = """
        WITH gone AS (
            DELETE FROM rota.waiting
            WHERE id = ANY ($1)
            RETURNING id, route, attempt, state
        ), cut AS (
            DELETE FROM rota.dependency
            WHERE id = ANY (ARRAY(SELECT id FROM gone))
        )
        """ + CancelGone;

    private const string CancelReady = """
        WITH gone AS (
            DELETE FROM rota.ready
            WHERE ctid = ANY (ARRAY(
                SELECT place.ctid
                FROM rota.job j
                JOIN rota.route t ON t.id = j.route
                CROSS JOIN LATERAL (
                    SELECT r.ctid
                    FROM rota.ready r
                    WHERE r.queue = t.queue AND r.priority = t.priority AND r.id = j.id
                    LIMIT 1
                ) AS place
                WHERE j.id = ANY ($1)
            ))
            RETURNING id, route, attempt, 2::smallint AS state
        )
        """ + CancelGone;

    private const string CancelGone = """
        , final AS (
            INSERT INTO rota.outcome (id, started_at, ended_at, route, node, attempt, state, reason)
            SELECT id, 0, $3, route, 0, attempt, 7, 0
            FROM gone
        ), told AS (
            INSERT INTO rota.outcome_error (id, text)
            SELECT id, $2
            FROM gone
        ), counted AS (
            INSERT INTO rota.counter_step (newest, route, n, state)
            SELECT 0, route, -1, state FROM gone
            UNION ALL
            SELECT id, route, 1, 7 FROM gone
        )
        SELECT id, state::integer, NULL::text, route
        FROM gone
        """;

    private const string FindEnded = """
        SELECT o.id, o.state::integer, w.text, o.route
        FROM rota.job j
        JOIN rota.outcome o ON o.route = j.route AND o.id = j.id
        LEFT JOIN rota.word w ON w.id = o.node
        WHERE j.id = ANY ($1)
        """;

    private sealed record Canceled(JobId Id, JobState Was, string? Node, EndedJob Job);

    /// <summary>Takes each job where it stands. One that moves while this looks is looked for again.</summary>
    public static async Task<IReadOnlyList<CancelOutcome?>> CancelAsync(
        PostgresSession session, IReadOnlyList<JobId> ids, string reason, DateTimeOffset now)
    {
        var found = new Dictionary<JobId, Canceled>();
        var open = ids.Select(id => id.Value).ToHashSet();
        for (var look = 0; open.Count > 0; look++)
        {
            if (look == LooksMax)
                throw Restless();
            foreach (var sql in (string[])[CancelWaiting, CancelReady, CancelRunning, FindEnded])
                await TakeAsync(session, sql, open, found, reason, now);
            var gone = await session.ListAsync("SELECT id FROM unnest($1::bigint[]) AS asked (id) "
                + "WHERE NOT EXISTS (SELECT 1 FROM rota.job j WHERE j.id = asked.id)",
                rows => rows.GetInt64(0), open.ToArray());
            open.ExceptWith(gone);
        }
        session.Wakeup.AskedCancel = found.Values.Any(job => job.Was == JobState.Running);
        await JobDependencies.ReleaseAsync(session, [.. found.Values
            .Where(job => job.Was != JobState.Running && !job.Was.IsFinal).Select(job => job.Job)], now);
        return [.. ids.Select(id => found.TryGetValue(id, out var job)
            ? new CancelOutcome(id, job.Was, job.Node) : default(CancelOutcome?))];
    }

    /// <summary>A job was in none of its places each time it was looked for.</summary>
    public static StorageException Restless() => new("storage.locked",
        "A job moved from one state to the next each time it was looked for.", "Try again.");

    private static async Task TakeAsync(PostgresSession session, string sql, HashSet<long> open,
        Dictionary<JobId, Canceled> found, string reason, DateTimeOffset now)
    {
        if (open.Count == 0)
            return;
        object?[] values = sql == FindEnded ? [open.ToArray()]
            : sql == CancelRunning ? [open.ToArray(), reason]
            : [open.ToArray(), reason, now];
        foreach (var job in await session.ListAsync(sql, Read, values))
        {
            found[job.Id] = job;
            open.Remove(job.Id.Value);
        }
    }

    private static Canceled Read(NpgsqlDataReader rows) => new(rows.JobId(0), (JobState)rows.GetInt32(1),
        rows.TextOrNull(2), new EndedJob(rows.GetInt32(3), rows.GetInt64(0)));
}
