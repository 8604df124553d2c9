using Rota.Storage;

namespace Rota.Postgres;

/// <summary>What is said of queues, in PostgreSQL.</summary>
internal sealed class PostgresQueues(PostgresDatabase database) : IQueueStore
{
    private const int QueuesMax = 1_000;
    private const int PriorityMax = 9;

    public async Task<IReadOnlyList<string>> PausedAsync(CancellationToken stop) =>
        await database.ListAsync("""
            SELECT word.text
            FROM rota.queue
            JOIN rota.word ON word.id = queue.id
            WHERE queue.is_paused
            ORDER BY word.text
            """, rows => rows.GetString(0), stop);

    public async Task SetPausedAsync(string queue, bool isPaused, CancellationToken stop)
    {
        var number = await database.Words.AddAsync(queue, stop);
        await database.RunAsync(session =>
        {
            // What was held back may be claimed now: every lane of the queue is looked at from its beginning.
            for (var priority = 0; priority <= PriorityMax; priority++)
                session.Wakeup.MadeReady(new Lane(number, priority), id: 0);
            return session.RunAsync("""
                INSERT INTO rota.queue (id, is_paused)
                VALUES ($1, $2)
                ON CONFLICT (id) DO UPDATE
                SET is_paused = excluded.is_paused
                """, number, isPaused);
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
