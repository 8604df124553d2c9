using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>Nodes in SQLite: there is one, the process that owns the file, so that a row of its name is
/// its own or a predecessor's, and one of another name a predecessor's.</summary>
internal sealed class SqliteNodes(SqliteWriter writer, SqliteReaders readers) : INodeStore
{
    public Task<bool> BeatAsync(NodeBeat beat, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            session.Db.Run("DELETE FROM node WHERE seen_at < ?1 AND name <> ?2", now - NodeBeat.KeptFor, beat.Name);
            using var rows = session.Db.Query("""
                INSERT INTO node (name, process, host, pid, version, started_at, seen_at, slots, running, stopping,
                    drained, queues)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11)
                ON CONFLICT (name) DO UPDATE
                SET process = excluded.process, host = excluded.host, pid = excluded.pid,
                    version = excluded.version, started_at = excluded.started_at, seen_at = excluded.seen_at,
                    slots = excluded.slots, running = excluded.running, stopping = excluded.stopping,
                    drained = node.drained AND node.process = excluded.process, queues = excluded.queues
                RETURNING drained
                """, beat.Name, beat.Process, beat.Host, beat.Pid, beat.Version, beat.StartedAt, now, beat.Slots,
                beat.Running, beat.IsStopping, string.Join(' ', beat.Queues));
            return rows.Next() && rows.Bool(0);
        }, stop);

    public Task<IReadOnlyList<NodeBeat>> ListAsync(CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<NodeBeat>>(db =>
        {
            var nodes = new List<NodeBeat>();
            using var rows = db.Query("""
                SELECT name, process, host, pid, version, started_at, seen_at, slots, running, stopping, drained,
                    queues
                FROM node
                ORDER BY name
                """);
            while (rows.Next())
            {
                nodes.Add(new NodeBeat
                {
                    Name = rows.Text(0),
                    Process = rows.Text(1),
                    Host = rows.Text(2),
                    Pid = rows.Int32(3),
                    Version = rows.Text(4),
                    StartedAt = rows.Instant(5),
                    SeenAt = rows.Instant(6),
                    Slots = rows.Int32(7),
                    Running = rows.Int32(8),
                    IsStopping = rows.Bool(9),
                    IsDrained = rows.Bool(10),
                    Queues = rows.Text(11).Split(' ', StringSplitOptions.RemoveEmptyEntries),
                });
            }
            return nodes;
        }, stop);

    public Task<bool> SetDrainedAsync(string name, bool isDrained, CancellationToken stop) =>
        writer.RunAsync(session =>
            session.Db.Run("UPDATE node SET drained = ?2 WHERE name = ?1", name, isDrained) > 0, stop);

    public Task RemoveAsync(string name, string process, CancellationToken stop) =>
        writer.RunAsync(session =>
            session.Db.Run("DELETE FROM node WHERE name = ?1 AND process = ?2", name, process), stop);
}
