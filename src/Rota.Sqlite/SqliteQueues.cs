using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>What is said of queues, in SQLite.</summary>
internal sealed class SqliteQueues(SqliteWriter writer, SqliteReaders readers) : IQueueStore
{
    private const int QueuesMax = 1_000;

    public Task<IReadOnlyList<string>> PausedAsync(CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<string>>(db =>
        {
            var names = new List<string>();
            using var rows = db.Query("SELECT name FROM queue WHERE paused = 1 ORDER BY name");
            while (rows.Next())
                names.Add(rows.Text(0));
            return names;
        }, stop);

    public Task SetPausedAsync(string queue, bool isPaused, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            session.Db.Run("""
                INSERT INTO queue (name, paused)
                VALUES (?1, ?2)
                ON CONFLICT (name) DO UPDATE
                SET paused = excluded.paused
                """, queue, isPaused);
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
