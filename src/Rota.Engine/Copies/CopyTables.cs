using static Rota.Copies.CopyType;

namespace Rota.Copies;

/// <summary>Every table that a copy takes along, in the order in which it is copied.</summary>
/// <remarks>Left out is what a store derives (counters, lanes, words) and what is true of running processes only (nodes
/// and their leases). A test compares this list with both schemas, so that nothing new is forgotten.</remarks>
public static class CopyTables
{
    // First: a store may look up in it what its other tables repeat.
    private static readonly CopyTable Job = Of("job", 1, ("id", Integer), ("kind", Word), ("queue", Word),
        ("priority", Integer), ("project", Word), ("args", Blob), ("settings", Blob), ("key", Text), ("schedule", Text),
        ("retry_of", Integer), ("created_at", Integer));

    private static readonly CopyTable Tag = Of("job_tag", 2, ("tag", Text), ("id", Integer));

    private static readonly CopyTable Ready = Of("ready", 3, ("queue", Word), ("priority", Integer), ("id", Integer),
        ("attempt", Integer), ("crashes", Integer));

    private static readonly CopyTable Running = Of("running", 1, ("id", Integer), ("token", Integer), ("node", Word),
        ("attempt", Integer), ("crashes", Integer), ("started_at", Integer), ("is_prefetched", Integer),
        ("cancel_reason", Text), ("progress_done", Real), ("progress_total", Real), ("progress_text", Text));

    private static readonly CopyTable Waiting = Of("waiting", 1, ("id", Integer), ("state", Integer),
        ("due_at", Integer), ("attempt", Integer), ("crashes", Integer), ("blockers", Integer));

    private static readonly CopyTable Outcome = Of("outcome", 1, ("id", Integer), ("kind", Word), ("queue", Word),
        ("state", Integer), ("reason", Integer), ("attempt", Integer), ("node", Word), ("started_at", Integer),
        ("ended_at", Integer), ("error", Text));

    private static readonly CopyTable Output = Of("output", 1, ("id", Integer), ("json", Blob));

    private static readonly CopyTable Attempt = Of("attempt", 2, ("id", Integer), ("token", Integer),
        ("number", Integer), ("node", Word), ("started_at", Integer), ("ended_at", Integer), ("outcome", Integer),
        ("error_type", Text), ("error_message", Text), ("error_stack", Text));

    private static readonly CopyTable Log = Of("log", 3, ("id", Integer), ("token", Integer), ("number", Integer),
        ("at", Integer), ("level", Integer), ("text", Text));

    private static readonly CopyTable Dependency =
        Of("dependency", 2, ("on_id", Integer), ("id", Integer), ("rule", Integer));

    private static readonly CopyTable Edge =
        Of("job_edge", 2, ("id", Integer), ("on_id", Integer), ("state", Integer));

    private static readonly CopyTable UniqueKey = Of("unique_key", 2, ("project", Word), ("key", Text),
        ("id", Integer), ("scope", Integer), ("expires_at", Integer));

    private static readonly CopyTable Queue = Of("queue", 1, ("name", Word), ("paused", Integer),
        ("max_running", Integer));

    private static readonly CopyTable Schedule = Of("schedule", 1, ("name", Text), ("project", Text),
        ("trigger", Text), ("kind", Text), ("args", Blob), ("options", Blob), ("policy", Blob), ("owner", Text),
        ("secrets", Text), ("created_at", Integer));

    private static readonly CopyTable ScheduleDue = Of("schedule_due", 1, ("name", Text), ("next_due", Integer),
        ("last_due", Integer), ("version", Integer), ("updated_at", Integer), ("paused", Integer));

    private static readonly CopyTable Occurrence = Of("occurrence", 2, ("schedule", Text), ("due_at", Integer),
        ("outcome", Integer), ("job_id", Integer), ("is_open", Integer), ("at", Integer));

    private static readonly CopyTable ScheduleVersion = Of("schedule_version", 2, ("schedule", Text),
        ("version", Integer), ("at", Integer), ("actor", Text), ("change", Integer), ("rule", Blob));

    private static readonly CopyTable Secret = Of("secret", 1, ("name", Text), ("token", Text),
        ("created_at", Integer), ("updated_at", Integer));

    private static readonly CopyTable Memory = Of("memory", 2, ("scope", Text), ("key", Text), ("value", Text));

    private static readonly CopyTable User = Of("user", 1, ("name", Text), ("role", Integer), ("password", Text),
        ("created_at", Integer));

    private static readonly CopyTable Token = Of("token", 1, ("name", Text), ("hash", Blob), ("role", Integer),
        ("user", Text), ("created_at", Integer), ("expires_at", Integer), ("used_at", Integer));

    private static readonly CopyTable Audit = Of("audit", 1, ("id", Integer), ("at", Integer), ("actor", Text),
        ("action", Text), ("target", Text), ("detail", Text), ("changes", Text));

    private static readonly CopyTable Webhook = Of("webhook", 1, ("name", Text), ("url", Text), ("types", Text),
        ("secret", Text), ("created_at", Integer), ("headers", Text));

    // Of the settings only those that say something of the other rows: the fingerprint of the secrets' key.
    private static readonly CopyTable Setting = Of("setting", 1, ("name", Text), ("value", Text));

    public static IReadOnlyList<CopyTable> All { get; } =
    [
        Job, Tag, Ready, Running, Waiting, Outcome, Output, Attempt, Log, Dependency, Edge, UniqueKey, Queue,
        Schedule, ScheduleDue, Occurrence, ScheduleVersion, Secret, Memory, User, Token, Audit, Webhook, Setting,
    ];

    private static CopyTable Of(string name, int keyLength, params (string Name, CopyType Type)[] columns) =>
        new(name, keyLength, [.. columns.Select(column => new CopyColumn(column.Name, column.Type))]);
}
