using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>Nodes in SQLite: there is one, the process that owns the file.</summary>
internal sealed class SqliteNodes(SqliteWriter writer, SqliteReaders readers) : INodeStore
{
    public Task BeatAsync(NodeBeat beat, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync(session =>
            session.Db.Run("""
                INSERT INTO node (name, version, started_at, seen_at, slots, running, draining, queues)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                ON CONFLICT (name) DO UPDATE
                SET version = excluded.version, started_at = excluded.started_at, seen_at = excluded.seen_at,
                    slots = excluded.slots, running = excluded.running, draining = excluded.draining,
                    queues = excluded.queues
                """, beat.Name, beat.Version, beat.StartedAt, now, beat.Slots, beat.Running, beat.IsDraining,
                string.Join(' ', beat.Queues)), stop);

    public Task<IReadOnlyList<NodeBeat>> ListAsync(CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<NodeBeat>>(db =>
        {
            var nodes = new List<NodeBeat>();
            using var rows = db.Query("""
                SELECT name, version, started_at, seen_at, slots, running, draining, queues
                FROM node
                ORDER BY name
                """);
            while (rows.Next())
            {
                nodes.Add(new NodeBeat
                {
                    Name = rows.Text(0),
                    Version = rows.Text(1),
                    StartedAt = rows.Instant(2),
                    SeenAt = rows.Instant(3),
                    Slots = rows.Int32(4),
                    Running = rows.Int32(5),
                    IsDraining = rows.Bool(6),
                    Queues = rows.Text(7).Split(' ', StringSplitOptions.RemoveEmptyEntries),
                });
            }
            return nodes;
        }, stop);

    public Task RemoveAsync(string name, CancellationToken stop) =>
        writer.RunAsync(session => session.Db.Run("DELETE FROM node WHERE name = ?1", name), stop);
}
