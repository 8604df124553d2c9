using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Nodes in PostgreSQL: every process that works on the database has a row.</summary>
internal sealed class PostgresNodes(PostgresDatabase database) : INodeStore
{
    public Task BeatAsync(NodeBeat beat, DateTimeOffset now, CancellationToken stop) =>
        database.RunAsync("""
            INSERT INTO rota.node (name, version, started_at, seen_at, slots, running, is_draining, queues)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (name) DO UPDATE
            SET version = excluded.version, started_at = excluded.started_at, seen_at = excluded.seen_at,
                slots = excluded.slots, running = excluded.running, is_draining = excluded.is_draining,
                queues = excluded.queues
            """, stop, beat.Name, beat.Version, beat.StartedAt, now, beat.Slots, beat.Running, beat.IsDraining,
            beat.Queues.ToArray());

    public async Task<IReadOnlyList<NodeBeat>> ListAsync(CancellationToken stop) =>
        await database.ListAsync("""
            SELECT name, version, started_at, seen_at, slots, running, is_draining, queues
            FROM rota.node
            ORDER BY name
            """, rows => new NodeBeat
        {
            Name = rows.GetString(0),
            Version = rows.GetString(1),
            StartedAt = rows.Instant(2),
            SeenAt = rows.Instant(3),
            Slots = rows.GetInt32(4),
            Running = rows.GetInt32(5),
            IsDraining = rows.GetBoolean(6),
            Queues = rows.GetFieldValue<string[]>(7),
        }, stop);

    public Task RemoveAsync(string name, CancellationToken stop) =>
        database.RunAsync("DELETE FROM rota.node WHERE name = $1", stop, name);
}
