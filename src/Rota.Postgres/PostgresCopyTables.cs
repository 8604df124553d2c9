using Rota.Copies;

namespace Rota.Postgres;

/// <summary>The statements by which a copy reads and writes each table.</summary>
/// <remarks>Reading: $1 and on are the key of the row before, the last one is the limit; the key of every table is an
/// index, words are ordered by their numbers. Writing: the values of each column, in the order of the columns; behind
/// them how many attempts a job has by default.</remarks>
internal static class PostgresCopyTables
{
    public sealed record Statements(string Table, string Read, string Write);

    private static readonly Dictionary<string, Statements> ByName =
        ((IEnumerable<Statements>)[.. Jobs, .. Places, .. Histories, .. Others, .. Accesses])
        .ToDictionary(one => one.Table);

    public static Statements Of(CopyTable table) => ByName[table.Name];

    private static IEnumerable<Statements> Jobs =>
    [
        new("job",
            """
            SELECT job.id, route.kind, route.queue, route.priority, job.project, job.args, job.settings, job.key,
                job.schedule, job_retry.of, job.created_at
            FROM rota.job
            JOIN rota.route ON route.id = job.route
            LEFT JOIN rota.job_retry ON job_retry.id = job.id
            WHERE job.id > $1
            ORDER BY job.id
            LIMIT $2
            """,
            """
            WITH r AS MATERIALIZED (
                SELECT *
                FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[],
                    $7::bytea[], $8::text[], $9::text[], $10::bigint[], $11::bigint[])
                    AS r (id, kind, queue, priority, project, args, settings, key, schedule, retry_of, created_at)
            ), new AS (
                INSERT INTO rota.route (queue, kind, priority)
                SELECT DISTINCT queue, kind, priority
                FROM r
                ON CONFLICT DO NOTHING
                RETURNING *
            ), retried AS (
                INSERT INTO rota.job_retry (id, of)
                SELECT id, retry_of
                FROM r
                WHERE retry_of IS NOT NULL
            )
            INSERT INTO rota.job (id, created_at, route, project, args, settings, key, schedule)
            SELECT r.id, r.created_at, coalesce(new.id, old.id), r.project, r.args, r.settings, r.key, r.schedule
            FROM r
            LEFT JOIN new ON (new.queue, new.kind, new.priority) = (r.queue, r.kind, r.priority)
            LEFT JOIN rota.route old ON (old.queue, old.kind, old.priority) = (r.queue, r.kind, r.priority)
            """),
        new("job_tag",
            """
            SELECT tag, id
            FROM rota.job_tag
            WHERE (tag, id) > ($1, $2)
            ORDER BY tag, id
            LIMIT $3
            """,
            """
            INSERT INTO rota.job_tag (tag, id)
            SELECT *
            FROM unnest($1::text[], $2::bigint[])
            """),
        new("dependency",
            """
            SELECT on_id, id, rule
            FROM rota.dependency
            WHERE (on_id, id) > ($1, $2)
            ORDER BY on_id, id
            LIMIT $3
            """,
            """
            INSERT INTO rota.dependency (on_id, id, rule)
            SELECT *
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
            """),
        new("job_edge",
            """
            SELECT id, on_id, state
            FROM rota.job_edge
            WHERE (id, on_id) > ($1, $2)
            ORDER BY id, on_id
            LIMIT $3
            """,
            """
            INSERT INTO rota.job_edge (id, on_id, state)
            SELECT *
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
            """),
        new("unique_key",
            """
            SELECT project, key, id, scope, expires_at
            FROM rota.unique_key
            WHERE (project, key) > (coalesce((SELECT word.id FROM rota.word WHERE text = $1), 0), $2)
            ORDER BY project, key
            LIMIT $3
            """,
            """
            INSERT INTO rota.unique_key (project, key, id, scope, expires_at)
            SELECT *
            FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
            """),
    ];

    // What a row of these repeats of its job is taken from there. Alone is who may not be taken ahead: see JobClaim.
    private static IEnumerable<Statements> Places =>
    [
        new("ready",
            """
            SELECT queue, priority, id, attempt, crashes
            FROM rota.ready
            WHERE (queue, priority, id) > (coalesce((SELECT word.id FROM rota.word WHERE text = $1), 0), $2, $3)
            ORDER BY queue, priority, id
            LIMIT $4
            """,
            """
            INSERT INTO rota.ready (id, queue, route, attempt, priority, crashes, is_alone)
            SELECT r.id, r.queue, j.route, r.attempt, r.priority, r.crashes,
                r.crashes > 0 OR r.attempt + 1
                    >= coalesce((convert_from(j.settings, 'UTF8')::json ->> 'max_attempts')::integer, $6)
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
                AS r (queue, priority, id, attempt, crashes)
            JOIN rota.job j ON j.id = r.id
            """),
        // No process has the number 0: whoever rescues takes these jobs back.
        new("running",
            """
            SELECT id, token, node, attempt, crashes, started_at, is_prefetched::integer, cancel_reason, progress_done,
                progress_total, progress_text
            FROM rota.running
            WHERE id > $1
            ORDER BY id
            LIMIT $2
            """,
            """
            INSERT INTO rota.running (id, token, session, started_at, queue, route, node, attempt, priority, crashes,
                is_prefetched, cancel_reason, progress_done, progress_total, progress_text)
            SELECT r.id, r.token, 0, r.started_at, route.queue, j.route, r.node, r.attempt, route.priority, r.crashes,
                r.is_prefetched <> 0, r.cancel_reason, r.progress_done, r.progress_total, r.progress_text
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                $7::bigint[],
                $8::text[], $9::double precision[], $10::double precision[], $11::text[])
                AS r (id, token, node, attempt, crashes, started_at, is_prefetched, cancel_reason, progress_done,
                    progress_total, progress_text)
            JOIN rota.job j ON j.id = r.id
            JOIN rota.route ON route.id = j.route
            """),
        new("waiting",
            """
            SELECT id, state, due_at, attempt, crashes, blockers
            FROM rota.waiting
            WHERE id > $1
            ORDER BY id
            LIMIT $2
            """,
            """
            INSERT INTO rota.waiting (id, due_at, queue, route, attempt, blockers, state, priority, crashes, is_alone)
            SELECT r.id, r.due_at, route.queue, j.route, r.attempt, r.blockers, r.state, route.priority, r.crashes,
                r.crashes > 0 OR r.attempt + 1
                    >= coalesce((convert_from(j.settings, 'UTF8')::json ->> 'max_attempts')::integer, $7)
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
                AS r (id, state, due_at, attempt, crashes, blockers)
            JOIN rota.job j ON j.id = r.id
            JOIN rota.route ON route.id = j.route
            """),
    ];

    private static IEnumerable<Statements> Histories =>
    [
        // By way of the job, because the key of outcome begins with the route.
        new("outcome",
            """
            SELECT o.id, route.kind, route.queue, o.state, o.reason, o.attempt, nullif(o.node, 0),
                nullif(o.started_at, 0), o.ended_at, e.text
            FROM rota.job j
            JOIN rota.outcome o ON o.route = j.route AND o.id = j.id
            JOIN rota.route ON route.id = j.route
            LEFT JOIN rota.outcome_error e ON e.id = o.id
            WHERE j.id > $1
            ORDER BY j.id
            LIMIT $2
            """,
            """
            WITH r AS MATERIALIZED (
                SELECT *
                FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                    $7::bigint[], $8::bigint[], $9::bigint[], $10::text[])
                    AS r (id, kind, queue, state, reason, attempt, node, started_at, ended_at, error)
            ), told AS (
                INSERT INTO rota.outcome_error (id, text)
                SELECT id, error
                FROM r
                WHERE error IS NOT NULL
            )
            INSERT INTO rota.outcome (id, started_at, ended_at, route, node, attempt, state, reason)
            SELECT r.id, coalesce(r.started_at, 0), r.ended_at, j.route, coalesce(r.node, 0), r.attempt, r.state,
                r.reason
            FROM r
            JOIN rota.job j ON j.id = r.id
            """),
        new("output",
            """
            SELECT id, json
            FROM rota.output
            WHERE id > $1
            ORDER BY id
            LIMIT $2
            """,
            """
            INSERT INTO rota.output (id, json)
            SELECT *
            FROM unnest($1::bigint[], $2::bytea[])
            """),
        new("attempt",
            """
            SELECT id, token, number, node, started_at, ended_at, outcome, error_type, error_message, error_stack
            FROM rota.attempt
            WHERE (id, token) > ($1, $2)
            ORDER BY id, token
            LIMIT $3
            """,
            """
            INSERT INTO rota.attempt (id, token, number, node, started_at, ended_at, outcome, error_type, error_message,
                error_stack)
            SELECT *
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                $7::bigint[],
                $8::text[], $9::text[], $10::text[])
            """),
        new("log",
            """
            SELECT id, token, number, at, level, text
            FROM rota.log
            WHERE (id, token, number) > ($1, $2, $3)
            ORDER BY id, token, number
            LIMIT $4
            """,
            """
            INSERT INTO rota.log (id, token, number, at, level, text)
            SELECT *
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[])
            """),
    ];

    private static IEnumerable<Statements> Others =>
    [
        new("queue",
            """
            SELECT id, is_paused::integer, max_running
            FROM rota.queue
            WHERE id > coalesce((SELECT word.id FROM rota.word WHERE text = $1), 0)
            ORDER BY id
            LIMIT $2
            """,
            """
            INSERT INTO rota.queue (id, is_paused, max_running)
            SELECT r.id, r.paused <> 0, r.max_running
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS r (id, paused, max_running)
            """),
        new("schedule",
            """
            SELECT name, project, trigger, kind, args, options, policy, owner, secrets, created_at
            FROM rota.schedule
            WHERE name > $1
            ORDER BY name
            LIMIT $2
            """,
            Insert("schedule")),
        new("schedule_due",
            """
            SELECT name, next_due, last_due, version, updated_at, is_paused::integer
            FROM rota.schedule_due
            WHERE name > $1
            ORDER BY name
            LIMIT $2
            """,
            """
            INSERT INTO rota.schedule_due (name, next_due, last_due, version, updated_at, is_paused)
            SELECT r.name, r.next_due, r.last_due, r.version, r.updated_at, r.paused <> 0
            FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
                AS r (name, next_due, last_due, version, updated_at, paused)
            """),
        new("occurrence",
            """
            SELECT schedule, due_at, outcome, job_id, is_open::integer, at
            FROM rota.occurrence
            WHERE (schedule, due_at) > ($1, $2)
            ORDER BY schedule, due_at
            LIMIT $3
            """,
            """
            INSERT INTO rota.occurrence (schedule, due_at, outcome, job_id, is_open, at)
            SELECT r.schedule, r.due_at, r.outcome, r.job_id, r.is_open <> 0, r.at
            FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
                AS r (schedule, due_at, outcome, job_id, is_open, at)
            """),
        new("schedule_version",
            """
            SELECT schedule, version, at, actor, change, rule
            FROM rota.schedule_version
            WHERE (schedule, version) > ($1, $2)
            ORDER BY schedule, version
            LIMIT $3
            """,
            Insert("schedule_version")),
        new("secret",
            """
            SELECT name, token, created_at, updated_at
            FROM rota.secret
            WHERE name > $1
            ORDER BY name
            LIMIT $2
            """,
            Insert("secret")),
        new("memory",
            """
            SELECT scope, key, value
            FROM rota.memory
            WHERE (scope, key) > ($1, $2)
            ORDER BY scope, key
            LIMIT $3
            """,
            Insert("memory")),
    ];

    private static IEnumerable<Statements> Accesses =>
    [
        new("user",
            """
            SELECT name, role, password, created_at
            FROM rota.user
            WHERE name > $1
            ORDER BY name
            LIMIT $2
            """,
            Insert("user")),
        new("token",
            """
            SELECT name, hash, role, user_name, created_at, expires_at, used_at
            FROM rota.token
            WHERE name > $1
            ORDER BY name
            LIMIT $2
            """,
            """
            INSERT INTO rota.token (name, hash, role, user_name, created_at, expires_at, used_at)
            SELECT *
            FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[])
            """),
        new("audit",
            """
            SELECT id, at, actor, action, target, detail, changes
            FROM rota.audit
            WHERE id > $1
            ORDER BY id
            LIMIT $2
            """,
            """
            INSERT INTO rota.audit (id, at, actor, action, target, detail, changes)
            OVERRIDING SYSTEM VALUE
            SELECT *
            FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
            """),
        new("webhook",
            """
            SELECT name, url, types, secret, created_at, headers
            FROM rota.webhook
            WHERE name > $1
            ORDER BY name
            LIMIT $2
            """,
            Insert("webhook")),
        new("setting",
            """
            SELECT name, value
            FROM rota.setting
            WHERE name = 'key_fingerprint' AND name > $1
            ORDER BY name
            LIMIT $2
            """,
            Insert("setting")),
    ];

    /// <summary>Of a table whose columns are those of the copy, in their order.</summary>
    private static string Insert(string table)
    {
        var columns = CopyTables.All.First(one => one.Name == table).Columns;
        var values = columns.Select((column, at) => $"${at + 1}::{Sql(column.Type)}[]");
        return $"INSERT INTO rota.{table} ({string.Join(", ", columns.Select(column => column.Name))}) "
            + $"SELECT * FROM unnest({string.Join(", ", values)})";
    }

    private static string Sql(CopyType type) =>
        type switch { CopyType.Integer => "bigint", CopyType.Blob => "bytea", _ => "text" };
}
