using Rota.Queues;
using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>What is said of queues, in SQLite.</summary>
internal sealed class SqliteQueues(SqliteWriter writer, SqliteReaders readers) : IQueueStore
{
    private const int QueuesMax = 1_000;

    public Task<IReadOnlyDictionary<string, QueueRule>> RulesAsync(CancellationToken stop) =>
        readers.RunAsync<IReadOnlyDictionary<string, QueueRule>>(Rules, stop);

    public static Dictionary<string, QueueRule> Rules(SqliteConnection db)
    {
        var rules = new Dictionary<string, QueueRule>();
        using var rows = db.Query("SELECT name, paused, max_running FROM queue");
        while (rows.Next())
            rules.Add(rows.Text(0), new QueueRule(rows.Int32(1) == 1, rows.IsNull(2) ? null : rows.Int32(2)));
        return rules;
    }

    public Task SetPausedAsync(string queue, bool isPaused, CancellationToken stop) =>
        SetAsync("""
            INSERT INTO queue (name, paused)
            VALUES (?1, ?2)
            ON CONFLICT (name) DO UPDATE
            SET paused = excluded.paused
            """, queue, isPaused, stop);

    public Task SetMaxRunningAsync(string queue, int? maxRunning, CancellationToken stop) =>
        SetAsync("""
            INSERT INTO queue (name, max_running)
            VALUES (?1, ?2)
            ON CONFLICT (name) DO UPDATE
            SET max_running = excluded.max_running
            """, queue, maxRunning, stop);

    private Task SetAsync(string sql, string queue, SqlValue value, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            session.Db.Run(sql, queue, value);
            session.Starts.Wait(queue); // also for callers of the same commit
            session.MadeReady = true; // what was held back may be claimed now
        }, stop);

    public Task<IReadOnlyDictionary<string, DateTimeOffset>> OldestAsync(CancellationToken stop) =>
        readers.RunAsync<IReadOnlyDictionary<string, DateTimeOffset>>(db =>
        {
            var oldest = new Dictionary<string, DateTimeOffset>();
            for (var queue = ""; oldest.Count < QueuesMax;)
            {
                using var rows = db.Query("""
                    SELECT ready.queue, job.created_at
                    FROM ready
                    CROSS JOIN job ON job.id = ready.id
                    WHERE ready.queue > ?1
                    ORDER BY ready.queue, ready.priority, ready.id
                    LIMIT 1
                    """, queue);
                if (!rows.Next())
                    break;
                oldest.Add(queue = rows.Text(0), rows.Instant(1));
            }
            return oldest;
        }, stop);
}
