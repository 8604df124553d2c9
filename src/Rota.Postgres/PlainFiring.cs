using Npgsql;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>The statement that does all of most firings: it moves schedules on, notes their occurrences, and inserts
/// and begins their jobs.</summary>
/// <remarks>What is due is mostly one occurrence that is on time and enqueues one job. Everything else, such as what was
/// missed or is limited, goes by <see cref="ScheduleFiring"/>.</remarks>
internal static class PlainFiring
{
    // What another transaction holds is being fired or edited there: it is read again in a later pass. An occurrence
    // that has a row keeps it: a due time comes again when the clock was set back and the trigger edited then. IN within
    // IS TRUE is answered by a hash table; by itself it would be a join, and those are planned as loops.
    private static readonly string Fire = $"""
        WITH fire AS MATERIALIZED (
            SELECT f.*
            FROM unnest($19::text[], $20::bigint[], $21::bigint[], $22::bigint[], {JobInsert.Arrays}) WITH ORDINALITY
                AS f (name, version, due, next_due, {JobInsert.Names}, number)
            JOIN rota.schedule_due s ON s.name = f.name AND s.version = f.version AND s.next_due = f.due
            FOR UPDATE OF s SKIP LOCKED
        ), moved AS (
            UPDATE rota.schedule_due s
            SET next_due = fire.next_due, last_due = fire.due
            FROM fire
            WHERE s.name = fire.name
        ), numbered AS MATERIALIZED (
            SELECT nextval('rota.job_id') AS id, fire.*
            FROM fire
        ), occurred AS (
            INSERT INTO rota.occurrence (schedule, due_at, outcome, job_id, is_open, at)
            SELECT name, due, {(int)OccurrenceOutcome.Enqueued}, id, false, created_at
            FROM numbered
            ON CONFLICT (schedule, due_at) DO NOTHING
            RETURNING job_id
        ), asked AS MATERIALIZED (
            SELECT a.*, {JobInsert.Token} AS token
            FROM numbered a
            WHERE (a.id IN (SELECT job_id FROM occurred)) IS TRUE
        ), {JobInsert.InsertAskedAndStart}, told AS (
            INSERT INTO rota.event (at, type, source, job_id, due_at, count, is_pending)
            SELECT created_at, {(int)EventType.OccurrenceEnqueued}, name, id, due, 1,
                EXISTS (SELECT 1 FROM rota.webhook)
            FROM asked
        )
        SELECT number, id, token
        FROM asked
        UNION ALL
        SELECT number, NULL, NULL
        FROM numbered
        WHERE (id IN (SELECT id FROM asked)) IS NOT TRUE
        """;

    public static bool IsPlain(ScheduleFire fire) => fire is { Unrecorded: 0, Schedule.Policy.MaxRunning: null }
        && fire.Occurrences is [{ Outcome: OccurrenceOutcome.Enqueued, Job: { } job } one]
        && one.DueAt == fire.LastDue && one.DueAt == fire.Schedule.NextDue && JobInsert.IsPlain(job);

    /// <returns>As <see cref="ScheduleFiring.FireAsync"/>.</returns>
    public static async Task<IReadOnlyList<Fired?>> FireAsync(
        PostgresSession session, IReadOnlyList<ScheduleFire> fires, DateTimeOffset now)
    {
        var fired = new Fired?[fires.Count];
        if (fires.Count == 0)
            return fired;
        var rows = new NewRows(session.Database, fires.Count);
        foreach (var fire in fires)
            rows.Add(null, fire.Occurrences[0].Job!.Value, now, blockers: 0);
        session.Starts?.Reserve(rows);
        object?[] values =
        [
            .. rows.Values(), session.Database.Lease.Session, session.Database.Node,
            fires.Select(fire => fire.Schedule.Name).ToArray(),
            fires.Select(fire => fire.Schedule.Version).ToArray(),
            fires.Select(fire => fire.LastDue.ToMicroseconds()).ToArray(),
            fires.Select(fire => fire.NextDue?.ToMicroseconds()).ToArray(),
        ];
        foreach (var (at, id, token) in await session.ListAsync(Fire, Read, values))
        {
            fired[at] = new Fired(id is null ? []
                : [new Occurrence(fires[at].LastDue, OccurrenceOutcome.Enqueued, id, now)]);
            if (id is { } made)
                rows.Tell(session, at, made, token);
        }
        return fired;
    }

    private static (int At, JobId? Id, long? Token) Read(NpgsqlDataReader row) => ((int)row.GetInt64(0) - 1,
        row.IsDBNull(1) ? null : row.JobId(1), row.IsDBNull(2) ? null : row.GetInt64(2));
}
