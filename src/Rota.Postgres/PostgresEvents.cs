using Npgsql;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Events and webhooks in PostgreSQL.</summary>
internal sealed class PostgresEvents(PostgresDatabase database) : IEventStore
{
    private const int NewestKept = 100_000;
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    private long _dropFrom;

    public Task AppendAsync(IReadOnlyList<NewEvent> events, CancellationToken stop) =>
        database.RunAsync(async session =>
        {
            await AppendAsync(session, events);
            return true;
        }, stop);

    /// <summary>Writes events in the transaction of what happened.</summary>
    public static Task AppendAsync(PostgresSession session, IReadOnlyList<NewEvent> events) =>
        session.BatchAsync([Append(events)]);

    public static Statement Append(IReadOnlyList<NewEvent> events) => new("""
        INSERT INTO rota.event (at, type, source, job_id, due_at, count, actor, text, is_pending)
        SELECT e.*, EXISTS (SELECT 1 FROM rota.webhook)
        FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::bigint[], $5::bigint[], $6::integer[],
            $7::text[], $8::text[]) AS e
        """,
        events.Select(one => one.At.ToMicroseconds()).ToArray(),
        events.Select(one => (short)one.Type).ToArray(),
        events.Select(one => one.Source).ToArray(),
        events.Select(one => one.JobId?.Value).ToArray(),
        events.Select(one => one.DueAt?.ToMicroseconds()).ToArray(),
        events.Select(one => one.Count).ToArray(),
        events.Select(one => one.Actor).ToArray(),
        events.Select(one => one.Text).ToArray());

    public async Task<IReadOnlyList<RotaEvent>> ReadAsync(
        long after, IReadOnlyCollection<long> gaps, int limit, CancellationToken stop) =>
        await database.ListAsync(gaps.Count == 0 ? Behind : $"{Gaps} UNION ALL ({Behind}) ORDER BY 1", Read, stop,
            gaps.Count == 0 ? [after, limit] : [after, limit, gaps.ToArray()]);

    private const string Behind = """
        SELECT id, type, at, source, job_id, due_at, count, actor, text
        FROM rota.event
        WHERE id > $1
        ORDER BY id
        LIMIT $2
        """;

    private const string Gaps = """
        SELECT id, type, at, source, job_id, due_at, count, actor, text
        FROM rota.event
        WHERE id = ANY ($3)
        """;

    public async Task<IReadOnlyList<RotaEvent>> ListAsync(
        EventFilter filter, long? before, int limit, CancellationToken stop) =>
        await database.ListAsync("""
            SELECT id, type, at, source, job_id, due_at, count, actor, text
            FROM rota.event
            WHERE id < $1 AND ($2 = '' OR source = $2) AND (cardinality($3::integer[]) = 0 OR type = ANY ($3))
            ORDER BY id DESC
            LIMIT $4
            """, Read, stop, before ?? long.MaxValue, filter.Source ?? "",
            (filter.Types ?? []).Select(type => (int)type).ToArray(), limit);

    public Task<long> LastIdAsync(CancellationToken stop) =>
        database.FindAsync("SELECT coalesce(max(id), 0) FROM rota.event", rows => rows.GetInt64(0), stop);

    public async Task<int> DeliverAsync(
        int limit, Func<RotaEvent, IReadOnlyList<NewJob>> toJobs, DateTimeOffset now, CancellationToken stop)
    {
        // Routes must be known before the transaction begins: another session makes them.
        var pending = await database.ListAsync("""
            SELECT id, type, at, source, job_id, due_at, count, actor, text
            FROM rota.event
            WHERE is_pending
            ORDER BY id
            LIMIT $1
            """, Read, stop, limit);
        if (pending.Count == 0)
            return 0;
        await JobInsert.PrepareAsync(database, [.. pending.SelectMany(toJobs)], stop);
        return await database.WriteAsync(async session =>
        {
            var events = await session.ListAsync("""
                UPDATE rota.event
                SET is_pending = false
                WHERE id = ANY (ARRAY(
                    SELECT id
                    FROM rota.event
                    WHERE id = ANY ($1) AND is_pending
                    ORDER BY id
                    FOR UPDATE SKIP LOCKED
                ))
                RETURNING id, type, at, source, job_id, due_at, count, actor, text
                """, Read, pending.Select(one => one.Id).ToArray());
            var jobs = events.OrderBy(one => one.Id).SelectMany(toJobs).ToList();
            if (jobs.Count > 0)
                await JobInsert.InsertAsync(session, jobs, now);
            return events.Count;
        }, stop);
    }

    // What was dropped stays in the index until it is vacuumed: the next lot begins behind it. After one that finds
    // nothing it begins at the first again, since a small id may come late.
    public async Task<int> DropOldAsync(DateTimeOffset now, int limit, CancellationToken stop)
    {
        var (count, next) = await database.RunAsync(session => session.FindAsync("""
            WITH dropped AS (
                DELETE FROM rota.event
                WHERE id = ANY (ARRAY(
                    SELECT id
                    FROM rota.event
                    WHERE id >= $4 AND id < greatest(
                        (SELECT max(id) + 1 FROM rota.event) - $2, coalesce(
                        (SELECT id FROM rota.event WHERE id >= $4 AND at >= $1 ORDER BY id LIMIT 1),
                        (SELECT max(id) FROM rota.event)))
                    ORDER BY id
                    LIMIT $3))
                RETURNING id
            )
            SELECT count(*)::integer, coalesce(max(id) + 1, 0)
            FROM dropped
            """, rows => (rows.GetInt32(0), rows.GetInt64(1)),
            now - KeptFor, (long)NewestKept, limit, Volatile.Read(ref _dropFrom)), stop);
        Volatile.Write(ref _dropFrom, next);
        return count;
    }

    private static RotaEvent Read(NpgsqlDataReader rows) => new(rows.GetInt64(0), (EventType)rows.GetInt32(1),
        rows.Instant(2), rows.GetString(3), rows.IsDBNull(4) ? null : rows.JobId(4), rows.InstantOrNull(5),
        rows.GetInt32(6), rows.TextOrNull(7), rows.TextOrNull(8));

    public async Task<IReadOnlyList<Webhook>> ListWebhooksAsync(CancellationToken stop) =>
        await database.ListAsync("SELECT name, url, types, secret, created_at, headers FROM rota.webhook ORDER BY name",
            rows => new Webhook(rows.GetString(0), rows.GetString(1), Webhook.ReadTypes(rows.GetString(2)),
                rows.TextOrNull(3), rows.Instant(4))
            {
                Headers = Webhook.ReadHeaders(rows.TextOrNull(5)),
            }, stop);

    public Task<bool> PutWebhookAsync(Webhook webhook, CancellationToken stop) =>
        database.RunAsync(session => session.FindAsync("""
            INSERT INTO rota.webhook (name, url, types, secret, created_at, headers)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (name) DO UPDATE
            SET url = excluded.url, types = excluded.types, secret = excluded.secret, headers = excluded.headers
            RETURNING xmax = 0
            """, rows => rows.GetBoolean(0), webhook.Name, webhook.Url, webhook.TypesText, webhook.Secret,
            webhook.CreatedAt, webhook.HeadersText), stop);

    public async Task<bool> RemoveWebhookAsync(string name, CancellationToken stop) =>
        await database.RunAsync("DELETE FROM rota.webhook WHERE name = $1", stop, name) > 0;
}
