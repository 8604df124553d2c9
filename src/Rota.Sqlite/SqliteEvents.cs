using Rota.Jobs;
using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>Events and webhooks in SQLite.</summary>
internal sealed class SqliteEvents(SqliteWriter writer, SqliteReaders readers) : IEventStore
{
    private const int NewestKept = 100_000;
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    public Task AppendAsync(IReadOnlyList<NewEvent> events, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            Append(session, events);
            return events.Count;
        }, stop);

    /// <summary>Writes events in the transaction of what happened.</summary>
    public static void Append(WriteSession session, IEnumerable<NewEvent> events)
    {
        foreach (var one in events)
        {
            session.Db.Run("""
                INSERT INTO event (at, type, source, job_id, due_at, count, actor, text, is_pending)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, EXISTS (SELECT 1 FROM webhook))
                """, one.At, (int)one.Type, one.Source, one.JobId, one.DueAt, one.Count, one.Actor, one.Text);
        }
    }

    // One writer: no id comes late.
    public Task<IReadOnlyList<RotaEvent>> ReadAsync(
        long after, IReadOnlyCollection<long> gaps, int limit, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<RotaEvent>>(db =>
        {
            using var rows = db.Query("""
                SELECT id, type, at, source, job_id, due_at, count, actor, text
                FROM event
                WHERE id > ?1
                ORDER BY id
                LIMIT ?2
                """, after, limit);
            return ReadAll(rows);
        }, stop);

    public Task<IReadOnlyList<RotaEvent>> ListAsync(
        EventFilter filter, long? before, int limit, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<RotaEvent>>(db =>
        {
            using var rows = db.Query("""
                SELECT id, type, at, source, job_id, due_at, count, actor, text
                FROM event
                WHERE id < ?1 AND (?2 IS NULL OR source = ?2)
                    AND (?3 IS NULL OR type IN (SELECT value FROM json_each(?3)))
                ORDER BY id DESC
                LIMIT ?4
                """, before ?? long.MaxValue, filter.Source,
                filter.Types is { } types ? $"[{string.Join(',', types.Select(type => (int)type))}]" : null, limit);
            return ReadAll(rows);
        }, stop);

    public Task<long> LastIdAsync(CancellationToken stop) =>
        readers.RunAsync(db =>
        {
            using var rows = db.Query("SELECT coalesce(max(id), 0) FROM event");
            return rows.Next() ? rows.Int64(0) : 0;
        }, stop);

    public Task<int> DeliverAsync(
        int limit, Func<RotaEvent, IReadOnlyList<NewJob>> toJobs, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            var events = Pending(session.Db, limit);
            foreach (var one in events)
            {
                session.Db.Run("UPDATE event SET is_pending = 0 WHERE id = ?1", one.Id);
                foreach (var job in toJobs(one))
                    JobInsert.Insert(session, job, now);
            }
            return events.Count;
        }, stop);

    private static List<RotaEvent> Pending(SqliteConnection db, int limit)
    {
        using var rows = db.Query("""
            SELECT id, type, at, source, job_id, due_at, count, actor, text
            FROM event INDEXED BY event_pending
            WHERE is_pending = 1
            ORDER BY id
            LIMIT ?1
            """, limit);
        return ReadAll(rows);
    }

    public Task<int> DropOldAsync(DateTimeOffset now, int limit, CancellationToken stop) =>
        writer.RunAsync(session => session.Db.Run("""
            DELETE FROM event
            WHERE id IN (
                SELECT id
                FROM event
                WHERE id < max((SELECT max(id) + 1 FROM event) - ?2, coalesce(
                    (SELECT id FROM event WHERE at >= ?1 ORDER BY id LIMIT 1), (SELECT max(id) FROM event)))
                ORDER BY id
                LIMIT ?3)
            """, now - KeptFor, NewestKept, limit), stop);

    private static List<RotaEvent> ReadAll(Rows rows)
    {
        var events = new List<RotaEvent>();
        while (rows.Next())
        {
            events.Add(new RotaEvent(rows.Int64(0), (EventType)rows.Int32(1), rows.Instant(2), rows.Text(3),
                rows.IsNull(4) ? null : rows.JobId(4), rows.InstantOrNull(5), rows.Int32(6), rows.TextOrNull(7),
                rows.TextOrNull(8)));
        }
        return events;
    }

    public Task<IReadOnlyList<Webhook>> ListWebhooksAsync(CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<Webhook>>(db =>
        {
            var webhooks = new List<Webhook>();
            using var rows = db.Query(
                "SELECT name, url, types, secret, created_at, headers FROM webhook ORDER BY name");
            while (rows.Next())
            {
                webhooks.Add(new Webhook(rows.Text(0), rows.Text(1), Webhook.ReadTypes(rows.Text(2)),
                    rows.TextOrNull(3), rows.Instant(4))
                {
                    Headers = Webhook.ReadHeaders(rows.TextOrNull(5)),
                });
            }
            return webhooks;
        }, stop);

    public Task<bool> PutWebhookAsync(Webhook webhook, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            var isNew = session.Db.Run("""
                INSERT INTO webhook (name, url, types, secret, created_at, headers)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                ON CONFLICT (name) DO NOTHING
                """, webhook.Name, webhook.Url, webhook.TypesText, webhook.Secret, webhook.CreatedAt,
                webhook.HeadersText) > 0;
            if (!isNew)
            {
                session.Db.Run("UPDATE webhook SET url = ?2, types = ?3, secret = ?4, headers = ?5 WHERE name = ?1",
                    webhook.Name, webhook.Url, webhook.TypesText, webhook.Secret, webhook.HeadersText);
            }
            return isNew;
        }, stop);

    public Task<bool> RemoveWebhookAsync(string name, CancellationToken stop) =>
        writer.RunAsync(session => session.Db.Run("DELETE FROM webhook WHERE name = ?1", name) > 0, stop);
}
