using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Nodes in PostgreSQL: every process that works on the database has a row.</summary>
internal sealed class PostgresNodes(PostgresDatabase database) : INodeStore
{
    public Task<bool> BeatAsync(NodeBeat beat, DateTimeOffset now, CancellationToken stop) =>
        database.RunAsync(session => session.FindAsync("""
            WITH dead AS (
                DELETE FROM rota.node
                WHERE (name, process) <> ($1, $2) AND (name = $1 AND seen_at < $6 OR seen_at < $13)
            )
            INSERT INTO rota.node (name, process, host, pid, version, started_at, seen_at, clock_offset, slots, running,
                is_stopping, queues)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            ON CONFLICT (name, process) DO UPDATE
            SET seen_at = excluded.seen_at, clock_offset = excluded.clock_offset, slots = excluded.slots,
                running = excluded.running, is_stopping = excluded.is_stopping, queues = excluded.queues
            RETURNING is_drained
            """, rows => rows.GetBoolean(0), beat.Name, beat.Process, beat.Host, beat.Pid, beat.Version,
            beat.StartedAt, now, (long?)database.Clock.Offset?.TotalMicroseconds, beat.Slots, beat.Running,
            beat.IsStopping, beat.Queues.ToArray(), now - NodeBeat.KeptFor), stop);

    public async Task<IReadOnlyList<NodeBeat>> ListAsync(CancellationToken stop) =>
        await database.ListAsync("""
            SELECT name, process, host, pid, version, started_at, seen_at, clock_offset, slots, running, is_stopping,
                is_drained, queues
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
            IsStopping = rows.GetBoolean(10),
            IsDrained = rows.GetBoolean(11),
            Queues = rows.GetFieldValue<string[]>(12),
        }, stop);

    public async Task<bool> SetDrainedAsync(string name, bool isDrained, CancellationToken stop) =>
        await database.RunAsync("UPDATE rota.node SET is_drained = $2 WHERE name = $1", stop, name, isDrained) > 0;

    public Task RemoveAsync(string name, string process, CancellationToken stop) =>
        database.RunAsync("DELETE FROM rota.node WHERE name = $1 AND process = $2", stop, name, process);
}
