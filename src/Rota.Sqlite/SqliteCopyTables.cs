using Rota.Copies;

namespace Rota.Sqlite;

/// <summary>The statements by which a copy reads and writes each table.</summary>
/// <remarks>Reading: ?1 and on are the key of the row before, the last one is the limit; the key of every table is an
/// index. Writing: the values in the order of the columns.</remarks>
internal static class SqliteCopyTables
{
    public sealed record Statements(string Table, string Read, string Write);

    private static readonly Dictionary<string, Statements> ByName =
        ((IEnumerable<Statements>)[.. Jobs, .. Histories, .. Others, .. Accesses]).ToDictionary(one => one.Table);

    public static Statements Of(CopyTable table) => ByName[table.Name];

    private static IEnumerable<Statements> Jobs =>
    [
        new("job",
            """
            SELECT id, kind, queue, priority, project, args, settings, key, schedule, retry_of, created_at
            FROM job
            WHERE id > ?1
            ORDER BY id
            LIMIT ?2
            """,
            """
            INSERT INTO job (id, kind, queue, priority, project, args, settings, key, schedule, retry_of, created_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """),
        new("job_tag",
            """
            SELECT tag, id
            FROM job_tag
            WHERE (tag, id) > (?1, ?2)
            ORDER BY tag, id
            LIMIT ?3
            """,
            "INSERT INTO job_tag (tag, id) VALUES (?1, ?2)"),
        new("ready",
            """
            SELECT queue, priority, id, attempt, crashes
            FROM ready
            WHERE (queue, priority, id) > (?1, ?2, ?3)
            ORDER BY queue, priority, id
            LIMIT ?4
            """,
            "INSERT INTO ready (queue, priority, id, attempt, crashes) VALUES (?1, ?2, ?3, ?4, ?5)"),
        new("running",
            """
            SELECT id, token, node, attempt, crashes, started_at, is_prefetched, cancel_reason, progress_done,
                progress_total, progress_text
            FROM running
            WHERE id > ?1
            ORDER BY id
            LIMIT ?2
            """,
            """
            INSERT INTO running (id, token, node, attempt, crashes, started_at, is_prefetched, cancel_reason,
                progress_done, progress_total, progress_text)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """),
        new("waiting",
            """
            SELECT id, state, due_at, attempt, crashes, blockers
            FROM waiting
            WHERE id > ?1
            ORDER BY id
            LIMIT ?2
            """,
            """
            INSERT INTO waiting (id, state, due_at, attempt, crashes, blockers)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """),
    ];

    private static IEnumerable<Statements> Histories =>
    [
        new("outcome",
            """
            SELECT id, kind, queue, state, reason, attempt, node, started_at, ended_at, error
            FROM outcome
            WHERE id > ?1
            ORDER BY id
            LIMIT ?2
            """,
            """
            INSERT INTO outcome (id, kind, queue, state, reason, attempt, node, started_at, ended_at, error)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """),
        new("output",
            """
            SELECT id, json
            FROM output
            WHERE id > ?1
            ORDER BY id
            LIMIT ?2
            """,
            "INSERT INTO output (id, json) VALUES (?1, ?2)"),
        new("attempt",
            """
            SELECT id, token, number, node, started_at, ended_at, outcome, error_type, error_message, error_stack
            FROM attempt
            WHERE (id, token) > (?1, ?2)
            ORDER BY id, token
            LIMIT ?3
            """,
            """
            INSERT INTO attempt (id, token, number, node, started_at, ended_at, outcome, error_type, error_message,
                error_stack)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """),
        new("log",
            """
            SELECT id, token, number, at, level, text
            FROM log
            WHERE (id, token, number) > (?1, ?2, ?3)
            ORDER BY id, token, number
            LIMIT ?4
            """,
            "INSERT INTO log (id, token, number, at, level, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
    ];

    private static IEnumerable<Statements> Others =>
    [
        new("dependency",
            """
            SELECT on_id, id, rule
            FROM dependency
            WHERE (on_id, id) > (?1, ?2)
            ORDER BY on_id, id
            LIMIT ?3
            """,
            "INSERT INTO dependency (on_id, id, rule) VALUES (?1, ?2, ?3)"),
        new("job_edge",
            """
            SELECT id, on_id, state
            FROM job_edge
            WHERE (id, on_id) > (?1, ?2)
            ORDER BY id, on_id
            LIMIT ?3
            """,
            "INSERT INTO job_edge (id, on_id, state) VALUES (?1, ?2, ?3)"),
        new("unique_key",
            """
            SELECT project, key, id, scope, expires_at
            FROM unique_key
            WHERE (project, key) > (?1, ?2)
            ORDER BY project, key
            LIMIT ?3
            """,
            "INSERT INTO unique_key (project, key, id, scope, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)"),
        new("queue",
            """
            SELECT name, paused, max_running
            FROM queue
            WHERE name > ?1
            ORDER BY name
            LIMIT ?2
            """,
            "INSERT INTO queue (name, paused, max_running) VALUES (?1, ?2, ?3)"),
        new("schedule",
            """
            SELECT name, project, trigger, kind, args, options, policy, owner, secrets, created_at
            FROM schedule
            WHERE name > ?1
            ORDER BY name
            LIMIT ?2
            """,
            """
            INSERT INTO schedule (name, project, trigger, kind, args, options, policy, owner, secrets, created_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """),
        new("schedule_due",
            """
            SELECT name, next_due, last_due, version, updated_at, paused
            FROM schedule_due
            WHERE name > ?1
            ORDER BY name
            LIMIT ?2
            """,
            """
            INSERT INTO schedule_due (name, next_due, last_due, version, updated_at, paused)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """),
        new("occurrence",
            """
            SELECT schedule, due_at, outcome, job_id, is_open, at
            FROM occurrence
            WHERE (schedule, due_at) > (?1, ?2)
            ORDER BY schedule, due_at
            LIMIT ?3
            """,
            "INSERT INTO occurrence (schedule, due_at, outcome, job_id, is_open, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
        new("schedule_version",
            """
            SELECT schedule, version, at, actor, change, rule
            FROM schedule_version
            WHERE (schedule, version) > (?1, ?2)
            ORDER BY schedule, version
            LIMIT ?3
            """,
            """
            INSERT INTO schedule_version (schedule, version, at, actor, change, rule)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """),
        new("secret",
            """
            SELECT name, token, created_at, updated_at
            FROM secret
            WHERE name > ?1
            ORDER BY name
            LIMIT ?2
            """,
            "INSERT INTO secret (name, token, created_at, updated_at) VALUES (?1, ?2, ?3, ?4)"),
        new("memory",
            """
            SELECT scope, key, value
            FROM memory
            WHERE (scope, key) > (?1, ?2)
            ORDER BY scope, key
            LIMIT ?3
            """,
            "INSERT INTO memory (scope, key, value) VALUES (?1, ?2, ?3)"),
    ];

    private static IEnumerable<Statements> Accesses =>
    [
        new("user",
            """
            SELECT name, role, password, created_at
            FROM user
            WHERE name > ?1
            ORDER BY name
            LIMIT ?2
            """,
            "INSERT INTO user (name, role, password, created_at) VALUES (?1, ?2, ?3, ?4)"),
        new("token",
            """
            SELECT name, hash, role, user, created_at, expires_at, used_at
            FROM token
            WHERE name > ?1
            ORDER BY name
            LIMIT ?2
            """,
            """
            INSERT INTO token (name, hash, role, user, created_at, expires_at, used_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """),
        new("audit",
            """
            SELECT id, at, actor, action, target, detail, changes
            FROM audit
            WHERE id > ?1
            ORDER BY id
            LIMIT ?2
            """,
            """
            INSERT INTO audit (id, at, actor, action, target, detail, changes)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """),
        new("webhook",
            """
            SELECT name, url, types, secret, created_at, headers
            FROM webhook
            WHERE name > ?1
            ORDER BY name
            LIMIT ?2
            """,
            "INSERT INTO webhook (name, url, types, secret, created_at, headers) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
        new("setting",
            """
            SELECT name, value
            FROM setting
            WHERE name = 'key_fingerprint' AND name > ?1
            ORDER BY name
            LIMIT ?2
            """,
            "INSERT INTO setting (name, value) VALUES (?1, ?2)"),
    ];

    public const string Count = """
        SELECT 0 AS place, count(*) FROM job
        UNION ALL SELECT 1, count(*) FROM job_tag
        UNION ALL SELECT 2, count(*) FROM ready
        UNION ALL SELECT 3, count(*) FROM running
        UNION ALL SELECT 4, count(*) FROM waiting
        UNION ALL SELECT 5, count(*) FROM outcome
        UNION ALL SELECT 6, count(*) FROM output
        UNION ALL SELECT 7, count(*) FROM attempt
        UNION ALL SELECT 8, count(*) FROM log
        UNION ALL SELECT 9, count(*) FROM dependency
        UNION ALL SELECT 10, count(*) FROM job_edge
        UNION ALL SELECT 11, count(*) FROM unique_key
        UNION ALL SELECT 12, count(*) FROM queue
        UNION ALL SELECT 13, count(*) FROM schedule
        UNION ALL SELECT 14, count(*) FROM schedule_due
        UNION ALL SELECT 15, count(*) FROM occurrence
        UNION ALL SELECT 16, count(*) FROM schedule_version
        UNION ALL SELECT 17, count(*) FROM secret
        UNION ALL SELECT 18, count(*) FROM memory
        UNION ALL SELECT 19, count(*) FROM user
        UNION ALL SELECT 20, count(*) FROM token
        UNION ALL SELECT 21, count(*) FROM audit
        UNION ALL SELECT 22, count(*) FROM webhook
        UNION ALL SELECT 23, count(*) FROM setting WHERE name = 'key_fingerprint'
        ORDER BY place
        """;

    public const string Clear = """
        DELETE FROM job;
        DELETE FROM job_tag;
        DELETE FROM ready;
        DELETE FROM running;
        DELETE FROM waiting;
        DELETE FROM outcome;
        DELETE FROM output;
        DELETE FROM attempt;
        DELETE FROM log;
        DELETE FROM dependency;
        DELETE FROM job_edge;
        DELETE FROM unique_key;
        DELETE FROM queue;
        DELETE FROM schedule;
        DELETE FROM schedule_due;
        DELETE FROM occurrence;
        DELETE FROM schedule_version;
        DELETE FROM secret;
        DELETE FROM memory;
        DELETE FROM user;
        DELETE FROM token;
        DELETE FROM audit;
        DELETE FROM webhook;
        DELETE FROM setting WHERE name = 'key_fingerprint';
        """;
}
