using Npgsql;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Edges between jobs in PostgreSQL.</summary>
internal sealed class PostgresFlows(PostgresDatabase database) : IFlowStore
{
    public async Task<IReadOnlyList<JobEdge>> DependenciesAsync(
        IReadOnlyList<JobId> jobs, int limit, CancellationToken stop) =>
        await database.ListAsync("""
            SELECT id, on_id, state
            FROM rota.job_edge
            WHERE id = ANY ($1)
            ORDER BY id, on_id
            LIMIT $2
            """, Read, stop, jobs.Select(id => id.Value).ToArray(), limit);

    public async Task<IReadOnlyList<JobEdge>> DependentsAsync(
        IReadOnlyList<JobId> jobs, int limit, CancellationToken stop) =>
        await database.ListAsync("""
            SELECT id, on_id, state
            FROM rota.job_edge
            WHERE on_id = ANY ($1)
            ORDER BY on_id, id
            LIMIT $2
            """, Read, stop, jobs.Select(id => id.Value).ToArray(), limit);

    public static JobEdge Read(NpgsqlDataReader rows) => new(
        rows.JobId(0), rows.JobId(1), rows.IsDBNull(2) ? null : (JobState)rows.GetInt16(2));

    public async Task<IReadOnlyList<Job>> JobsAsync(IReadOnlyList<JobId> ids, CancellationToken stop) =>
        await JobReads.FindAsync(database, ids, stop);

    public async Task<IReadOnlyList<ReadOnlyMemory<byte>?>?> OutputsAsync(
        JobId id, int bytesMax, CancellationToken stop)
    {
        var bytes = await database.FindAsync("""
            SELECT coalesce(sum(length(o.json)), 0)::bigint
            FROM rota.job_edge e
            JOIN rota.output o ON o.id = e.on_id
            WHERE e.id = $1
            """, rows => rows.GetInt64(0), stop, id);
        return bytes > bytesMax ? null : await database.ListAsync("""
            SELECT o.json
            FROM rota.job_edge e
            LEFT JOIN rota.output o ON o.id = e.on_id
            WHERE e.id = $1
            ORDER BY e.on_id
            """, rows => rows.BlobOrNull(0), stop, id);
    }
}
