using Npgsql;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>The statement that ends attempts and, where one was the last, the job.</summary>
internal static class JobEnd
{
    private const int ErrorCharactersMax = 500;

    // Both statements take rising ids, find rows by them, and what belongs to a row by its place among them: a join
    // could be planned the wrong way round, over all that runs. Of two tokens of a job the higher one stands last and
    // is the one found; the other does not hold any more.

    // What would run again (state under 5) does not when its cancel was asked for and the attempt ended before it
    // heard of it.
    private const string End = """
        WITH taken AS (
            DELETE FROM rota.running
            WHERE id = ANY ($1) AND token = ($2::bigint[])[width_bucket(id, $1)]
            RETURNING *, width_bucket(id, $1) AS at
        ), told AS MATERIALIZED (
            SELECT id, token, route, queue, priority, node, cancel_reason, ($3::smallint[])[at] AS state,
                ($4::smallint[])[at] AS reason, ($5::integer[])[at] AS number, ($6::integer[])[at] AS attempt,
                ($7::smallint[])[at] AS crashes, ($8::boolean[])[at] AS is_alone, ($9::bigint[])[at] AS started_at,
                ($10::bigint[])[at] AS ended_at, ($11::bigint[])[at] AS due_at, ($12::smallint[])[at] AS outcome,
                ($13::text[])[at] AS error_type, ($14::text[])[at] AS error_message,
                ($15::text[])[at] AS error_stack, ($16::text[])[at] AS note, ($17::bytea[])[at] AS output
            FROM taken
        ), moved AS MATERIALIZED (
            SELECT *, CASE WHEN cancel_reason IS NOT NULL AND state < 5 THEN 7 ELSE state END AS becomes
            FROM told
        ), noted AS (
            INSERT INTO rota.attempt (id, token, started_at, ended_at, number, node, outcome, error_type,
                error_message, error_stack)
            SELECT id, token, started_at, ended_at, number, node, outcome, error_type, error_message, error_stack
            FROM moved
            WHERE outcome IS NOT NULL
        ), made_ready AS (
            INSERT INTO rota.ready (id, queue, route, attempt, priority, crashes, is_alone)
            SELECT id, queue, route, attempt, priority, crashes, is_alone
            FROM moved
            WHERE becomes = 2
        ), made_waiting AS (
            INSERT INTO rota.waiting (id, due_at, queue, route, attempt, blockers, state, priority, crashes, is_alone)
            SELECT id, due_at, queue, route, attempt, 0, becomes, priority, crashes, is_alone
            FROM moved
            WHERE becomes IN (0, 4)
        ), final AS (
            INSERT INTO rota.outcome (id, started_at, ended_at, route, node, attempt, state, reason)
            SELECT id, started_at, ended_at, route, node, number, becomes,
                CASE becomes WHEN 6 THEN reason ELSE 0 END
            FROM moved
            WHERE becomes >= 5
        ), explained AS (
            INSERT INTO rota.outcome_error (id, text)
            SELECT id, CASE WHEN state < 5 THEN cancel_reason ELSE note END
            FROM moved
            WHERE becomes >= 5 AND CASE WHEN state < 5 THEN cancel_reason ELSE note END IS NOT NULL
        ), put_out AS (
            INSERT INTO rota.output (id, json)
            SELECT id, output
            FROM moved
            WHERE becomes >= 5 AND output IS NOT NULL
        ), counted AS (
            INSERT INTO rota.counter_step (newest, route, n, state)
            SELECT max(id), route, count(*), becomes
            FROM moved
            GROUP BY route, becomes
            UNION ALL
            SELECT 0, route, -count(*), 3
            FROM moved
            GROUP BY route
        )
        """;

    // One row for all that went the same way: a row for each job would have to be sent and read.
    private const string EndMoved = """
        SELECT becomes, route, queue, priority::integer, array_agg(id), array_agg(token)
        FROM moved
        GROUP BY becomes, route, queue, priority
        """;

    // 30 and the state make the type.
    private const string NoteEvents = """
        , events AS (
            INSERT INTO rota.event (at, type, source, job_id, count, text, is_pending)
            SELECT m.ended_at, 30 + m.becomes, coalesce(j.schedule, w.text), m.id, 1,
                CASE WHEN m.state < 5 THEN m.cancel_reason ELSE m.note END, EXISTS (SELECT 1 FROM rota.webhook)
            FROM moved m
            JOIN rota.job j ON j.id = m.id
            JOIN rota.route t ON t.id = m.route
            JOIN rota.word w ON w.id = t.kind
            WHERE m.becomes = 6 OR m.becomes >= 5 AND j.schedule IS NOT NULL
        )
        """;

    private static readonly string EndSilently = $"{End}\n{EndMoved}";
    private static readonly string EndWithEvents = $"{End}\n{NoteEvents}\n{EndMoved}";

    // What most attempts do, with nothing to say about it.
    private const string Succeed = """
        WITH taken AS (
            DELETE FROM rota.running
            WHERE id = ANY ($1) AND token = ($2::bigint[])[width_bucket(id, $1)]
            RETURNING *, width_bucket(id, $1) AS at
        ), final AS (
            INSERT INTO rota.outcome (id, started_at, ended_at, route, node, attempt, state, reason)
            SELECT id, ($3::bigint[])[at], ($4::bigint[])[at], route, node, attempt, 5, 0
            FROM taken
        ), counted AS (
            INSERT INTO rota.counter_step (newest, route, n, state)
            SELECT newest, route, step.n * ended.n, step.state
            FROM (SELECT max(id) AS newest, route, count(*) AS n FROM taken GROUP BY route) AS ended
            CROSS JOIN (VALUES (-1, 3::smallint), (1, 5::smallint)) AS step (n, state)
        )
        """;

    private const string SucceedTaken = """
        SELECT 5, route, queue, priority::integer, array_agg(id), array_agg(token)
        FROM taken
        GROUP BY route, queue, priority
        """;

    private const string NoteSuccesses = """
        , events AS (
            INSERT INTO rota.event (at, type, source, job_id, count, is_pending)
            SELECT ($4::bigint[])[at], 35, ($5::text[])[at], id, 1, EXISTS (SELECT 1 FROM rota.webhook)
            FROM taken
            WHERE ($5::text[])[at] IS NOT NULL
        )
        """;

    private static readonly string SucceedSilently = $"{Succeed}\n{SucceedTaken}";
    private static readonly string SucceedWithEvents = $"{Succeed}\n{NoteSuccesses}\n{SucceedTaken}";

    /// <summary>What became of one attempt whose token still held.</summary>
    public readonly record struct Moved(long Id, long Token, JobState State, int Route, Lane Lane);

    /// <summary>Reads a row, which tells of all that went the same way.</summary>
    public static IEnumerable<Moved> Read(NpgsqlDataReader rows)
    {
        var (state, route) = ((JobState)rows.GetInt32(0), rows.GetInt32(1));
        var lane = new Lane(rows.GetInt32(2), rows.GetInt32(3));
        return rows.GetFieldValue<long[]>(4).Zip(
            rows.GetFieldValue<long[]>(5), (id, token) => new Moved(id, token, state, route, lane));
    }

    /// <summary>One statement for those that simply succeeded and one for the others; each only if there are any.
    /// </summary>
    public static IEnumerable<Statement> Statements(IEnumerable<Ending> endings)
    {
        var byPath = endings.OrderBy(ending => ending.Id).ThenBy(ending => ending.Token)
            .ToLookup(ending => ending.IsPlain);
        if (byPath[true].ToList() is { Count: > 0 } plain)
        {
            object?[] values =
            [
                plain.Column(row => row.Id.Value), plain.Column(row => row.Token),
                plain.Column(row => row.StartedAt.ToMicroseconds()),
                plain.Column(row => row.EndedAt.ToMicroseconds()),
            ];
            yield return plain.Exists(row => row.IsEvent)
                ? new(SucceedWithEvents, [.. values, plain.Column(row => row.Schedule)])
                : new(SucceedSilently, values);
        }
        if (byPath[false].ToList() is { Count: > 0 } others)
            yield return Statement(others);
    }

    private static Statement Statement(IReadOnlyList<Ending> endings) => new(
        endings.Any(ending => ending.IsEvent) ? EndWithEvents : EndSilently,
        endings.Column(row => row.Id.Value), endings.Column(row => row.Token),
        endings.Column(row => (short)row.State), endings.Column(row => (short)row.Reason),
        endings.Column(row => row.Number), endings.Column(row => row.Attempt),
        endings.Column(row => (short)row.Crashes), endings.Column(row => row.IsAlone),
        endings.Column(row => row.StartedAt.ToMicroseconds()), endings.Column(row => row.EndedAt.ToMicroseconds()),
        endings.Column(row => row.DueAt?.ToMicroseconds()), endings.Column(row => (short?)row.Outcome),
        endings.Column(row => row.Error?.Type), endings.Column(row => row.Error?.Message),
        endings.Column(row => row.Error?.Stack), endings.Column(row => Cut(row.Note)),
        endings.Column(row => row.Output));

    private static string? Cut(string? note) =>
        note is { Length: > ErrorCharactersMax } ? note[..ErrorCharactersMax] : note;

    /// <summary>Tells loops what the moves made ready or waiting, and what limited queues they opened.</summary>
    public static void Tell(PostgresSession session, IReadOnlyList<Moved> moves)
    {
        var wakeup = session.Wakeup;
        foreach (var move in moves)
        {
            if (session.Database.Lanes.IsLimited(move.Lane.Queue))
                wakeup.Opened.Add(move.Lane.Queue);
            if (move.State == JobState.Queued)
                wakeup.MadeReady(move.Lane, move.Id);
            else if (!move.State.IsFinal)
                wakeup.MadeWaiting = true;
        }
    }
}

/// <summary>The end of an attempt as the statement takes it.</summary>
internal sealed record Ending
{
    public required JobId Id { get; init; }
    public required long Token { get; init; }
    public required JobState State { get; init; }
    public FailReason Reason { get; init; }

    /// <summary>Of the attempt that ended.</summary>
    public required int Number { get; init; }

    /// <summary>Attempts made so far, if the job goes on.</summary>
    public int Attempt { get; init; }

    public int Crashes { get; init; }
    public bool IsAlone { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required DateTimeOffset EndedAt { get; init; }
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Null: the attempt is not worth a row.</summary>
    public AttemptOutcome? Outcome { get; init; }

    public AttemptError? Error { get; init; }

    /// <summary>What the job's last row says.</summary>
    public string? Note { get; init; }

    public ReadOnlyMemory<byte>? Output { get; init; }

    /// <summary>Which enqueued it, if any did and its process knows.</summary>
    public string? Schedule { get; init; }

    /// <summary>Its end may be an event: the statement looks.</summary>
    public bool IsEvent { get; init; }

    /// <summary>It succeeded, and there is nothing more to say.</summary>
    public bool IsPlain => State == JobState.Succeeded && Outcome is null && Output is null;

    public static Ending Of(Finished finished)
    {
        var job = finished.Job;
        var state = JobState.Running.After(finished.Event)
            ?? throw new ArgumentException($"A running job cannot {finished.Event}.", nameof(finished));
        // Neither a job given back nor a snoozed one used an attempt. One that waits has its crashes cleared: those
        // are counted one after the other.
        var attempt = state is JobState.Queued or JobState.Scheduled ? job.Attempt - 1 : job.Attempt;
        var crashes = state == JobState.Queued ? job.Crashes : 0;
        return new Ending
        {
            Id = job.Id,
            Token = job.Token,
            State = state,
            Reason = finished.Reason,
            Number = job.Attempt,
            Attempt = attempt,
            Crashes = crashes,
            IsAlone = !state.IsFinal && JobClaim.IsAlone(attempt, crashes, job.Settings),
            StartedAt = finished.StartedAt,
            EndedAt = finished.EndedAt,
            DueAt = state.IsFinal || state == JobState.Queued ? null : finished.DueAt!.Value,
            Outcome = finished.Error is not null || finished.HasLog ? finished.Outcome : null,
            Error = finished.Error,
            Note = finished.Error?.Message,
            Output = finished.Output,
            Schedule = job.Schedule,
            IsEvent = job.Schedule is not null || state == JobState.Failed,
        };
    }
}
