using Rota.Queues;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>What is said of queues, in PostgreSQL.</summary>
internal sealed class PostgresQueues(PostgresDatabase database) : IQueueStore
{
    private const int QueuesMax = 1_000;

    public async Task<IReadOnlyDictionary<string, QueueRule>> RulesAsync(CancellationToken stop) =>
        (await database.ListAsync("""
            SELECT word.text, queue.is_paused, queue.max_running
            FROM rota.queue
            JOIN rota.word ON word.id = queue.id
            """, rows => (Queue: rows.GetString(0), Rule: new QueueRule(
                rows.GetBoolean(1), rows.IsDBNull(2) ? null : rows.GetInt32(2))), stop))
        .ToDictionary(row => row.Queue, row => row.Rule);

    public Task SetPausedAsync(string queue, bool isPaused, CancellationToken stop) =>
        SetAsync("""
            INSERT INTO rota.queue (id, is_paused)
            VALUES ($1, $2)
            ON CONFLICT (id) DO UPDATE
            SET is_paused = excluded.is_paused
            """, queue, isPaused, stop);

    public Task SetMaxRunningAsync(string queue, int? maxRunning, CancellationToken stop) =>
        SetAsync("""
            INSERT INTO rota.queue (id, max_running)
            VALUES ($1, $2)
            ON CONFLICT (id) DO UPDATE
            SET max_running = excluded.max_running
            """, queue, maxRunning, stop);

    private async Task SetAsync(string sql, string queue, object? value, CancellationToken stop)
    {
        var number = await database.Words.AddAsync(queue, stop);
        await database.RunAsync(session =>
        {
            session.Wakeup.ChangedQueues = true; // what was held back may be claimed now
            return session.RunAsync(sql, number, value);
        }, stop);
    }

    /// <remarks>Steps from queue to queue through the key of <c>ready</c>.</remarks>
    public async Task<IReadOnlyDictionary<string, DateTimeOffset>> OldestAsync(CancellationToken stop) =>
        (await database.ListAsync("""
            WITH RECURSIVE front AS (
                (
                    SELECT queue, id, 1 AS n
                    FROM rota.ready
                    ORDER BY queue, priority, id
                    LIMIT 1
                )
                UNION ALL
                SELECT next.queue, next.id, front.n + 1
                FROM front
                CROSS JOIN LATERAL (
                    SELECT ready.queue, ready.id
                    FROM rota.ready
                    WHERE ready.queue > front.queue
                    ORDER BY ready.queue, ready.priority, ready.id
                    LIMIT 1
                ) AS next
                WHERE front.n < $1
            )
            SELECT word.text, job.created_at
            FROM front
            JOIN rota.job ON job.id = front.id
            JOIN rota.word ON word.id = front.queue
            """, rows => (Queue: rows.GetString(0), At: rows.Instant(1)), stop, QueuesMax))
        .ToDictionary(row => row.Queue, row => row.At);
}
