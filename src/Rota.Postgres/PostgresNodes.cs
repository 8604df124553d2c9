using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Nodes in PostgreSQL: every process that works on the database has a row.</summary>
internal sealed class PostgresNodes(PostgresDatabase database) : INodeStore
{
    public Task BeatAsync(NodeBeat beat, DateTimeOffset now, CancellationToken stop) =>
        database.RunAsync("""
            WITH dead AS (
                DELETE FROM rota.node
                WHERE name = $1 AND process <> $2 AND seen_at < $6
            )
            INSERT INTO rota.node (name, process, host, pid, version, started_at, seen_at, clock_offset, slots, running,
                is_draining, queues)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            ON CONFLICT (name, process) DO UPDATE
            SET seen_at = excluded.seen_at, clock_offset = excluded.clock_offset, slots = excluded.slots,
                running = excluded.running, is_draining = excluded.is_draining, queues = excluded.queues
            """, stop, beat.Name, beat.Process, beat.Host, beat.Pid, beat.Version, beat.StartedAt, now,
            (long?)database.Clock.Offset?.TotalMicroseconds, beat.Slots, beat.Running, beat.IsDraining,
            beat.Queues.ToArray());

    public async Task<IReadOnlyList<NodeBeat>> ListAsync(CancellationToken stop) =>
        await database.ListAsync("""
            SELECT name, process, host, pid, version, started_at, seen_at, clock_offset, slots, running, is_draining,
                queues
            FROM rota.node
            ORDER BY name, started_at, process
            """, rows => new NodeBeat
        {
            Name = rows.GetString(0),
            Process = rows.GetString(1),
            Host = rows.GetString(2),
            Pid = rows.GetInt32(3),
            Version = rows.GetString(4),
            StartedAt = rows.Instant(5),
            SeenAt = rows.Instant(6),
            ClockOffset = rows.IsDBNull(7) ? null : TimeSpan.FromMicroseconds(rows.GetInt64(7)),
            Slots = rows.GetInt32(8),
            Running = rows.GetInt32(9),
            IsDraining = rows.GetBoolean(10),
            Queues = rows.GetFieldValue<string[]>(11),
        }, stop);

    public Task RemoveAsync(string name, string process, CancellationToken stop) =>
        database.RunAsync("DELETE FROM rota.node WHERE name = $1 AND process = $2", stop, name, process);
}
