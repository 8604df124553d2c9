using Npgsql;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>The statement that does all of most firings: it moves schedules on, notes their occurrences, and inserts
/// and begins their jobs.</summary>
/// <remarks>What is due is mostly on time and enqueues a job each. Everything else, such as what was missed or is
/// limited, goes by <see cref="ScheduleFiring"/>.</remarks>
internal static class PlainFiring
{
    // What another transaction holds is being fired or edited there: it is read again in a later pass. An occurrence
    // that has a row keeps it: a due time comes again when the clock was set back and the trigger edited then. IN
    // within IS TRUE is answered by a hash table; by itself it would be a join, and those are planned as loops.
    private static readonly string Fire = $"""
        WITH fire AS MATERIALIZED (
            SELECT f.*
            FROM unnest($15::text[], $16::bigint[], $19::bigint[], $20::bigint[], $21::bigint[]) WITH ORDINALITY
                AS f (name, version, due, next_due, last_due, number)
            JOIN rota.schedule_due s ON s.name = f.name AND s.version = f.version AND s.next_due = f.due
            FOR UPDATE OF s SKIP LOCKED
        ), moved AS (
            UPDATE rota.schedule_due s
            SET next_due = fire.next_due, last_due = fire.last_due
            FROM fire
            WHERE s.name = fire.name
        ), occurrence AS MATERIALIZED (
            SELECT nextval('rota.job_id') AS id, $14::bigint AS created_at, o.*
            FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::integer[], $5::integer[], $6::integer[],
                $7::smallint[], $8::bytea[], $9::bytea[], $10::smallint[], $11::bigint[], $12::boolean[],
                $13::smallint[]) WITH ORDINALITY
                AS o (fire_number, schedule, occurs_at, route, queue, project, priority, args, settings, state, due_at,
                    is_alone, start, number)
            WHERE (fire_number IN (SELECT number FROM fire)) IS TRUE
        ), noted AS (
            INSERT INTO rota.occurrence (schedule, due_at, outcome, job_id, is_open, at)
            SELECT schedule, occurs_at, {(int)OccurrenceOutcome.Enqueued}, id, false, created_at
            FROM occurrence
            ON CONFLICT (schedule, due_at) DO NOTHING
            RETURNING job_id
        ), asked AS MATERIALIZED (
            SELECT a.*, {JobInsert.Token} AS token, NULL AS key, NULL::bigint AS retry_of, 0 AS blockers
            FROM occurrence a
            WHERE (a.id IN (SELECT job_id FROM noted)) IS TRUE
        ), {JobInsert.InsertAskedAndStart}, told AS (
            INSERT INTO rota.event (at, type, source, job_id, due_at, count, is_pending)
            SELECT created_at, {(int)EventType.OccurrenceEnqueued}, schedule, id, occurs_at, 1,
                EXISTS (SELECT 1 FROM rota.webhook)
            FROM asked
        )
        SELECT number, id, token
        FROM asked
        UNION ALL
        SELECT number, NULL, NULL
        FROM occurrence
        WHERE (id IN (SELECT id FROM asked)) IS NOT TRUE
        """;

    public static bool IsPlain(ScheduleFire fire) =>
        fire is { Unrecorded: 0, Schedule.Policy.MaxRunning: null, Occurrences.Count: > 0 }
        && fire.Occurrences.All(one => one is { Outcome: OccurrenceOutcome.Enqueued, Job: { } job }
            && JobInsert.IsPlain(job));

    /// <returns>As <see cref="ScheduleFiring.FireAsync"/>.</returns>
    public static async Task<IReadOnlyList<Fired?>> FireAsync(
        PostgresSession session, IReadOnlyList<ScheduleFire> fires, DateTimeOffset now)
    {
        var due = fires.SelectMany((fire, at) => fire.Occurrences.Select(one => (Fire: at, One: one))).ToArray();
        if (due.Length == 0)
            return [];
        var rows = new NewRows(session.Database, due.Length);
        foreach (var (_, one) in due)
            rows.Add(null, one.Job!.Value, now, blockers: 0);
        session.Starts?.Reserve(rows);
        object?[] values =
        [
            due.Column(row => row.Fire + 1L), due.Column(row => fires[row.Fire].Schedule.Name),
            due.Column(row => row.One.DueAt.ToMicroseconds()), .. rows.PlainValues(), now,
            fires.Column(fire => fire.Schedule.Name), fires.Column(fire => fire.Schedule.Version),
            session.Database.Lease.Session, session.Database.Node,
            fires.Column(fire => fire.Schedule.NextDue!.Value.ToMicroseconds()),
            fires.Column(fire => fire.NextDue?.ToMicroseconds()), fires.Column(fire => fire.LastDue.ToMicroseconds()),
        ];
        var made = await session.ListAsync(Fire, Read, values);
        var written = new List<Occurrence>?[fires.Count];
        foreach (var (at, id, token) in made.OrderBy(row => row.At))
        {
            var occurrences = written[due[at].Fire] ??= [];
            if (id is not { } job)
                continue;
            occurrences.Add(new Occurrence(due[at].One.DueAt, OccurrenceOutcome.Enqueued, job, now));
            rows.Tell(session, at, job, token);
        }
        return Array.ConvertAll(written, occurrences => occurrences is null ? null : new Fired(occurrences));
    }

    private static (int At, JobId? Id, long? Token) Read(NpgsqlDataReader row) => ((int)row.GetInt64(0) - 1,
        row.IsDBNull(1) ? null : row.JobId(1), row.IsDBNull(2) ? null : row.GetInt64(2));
}
