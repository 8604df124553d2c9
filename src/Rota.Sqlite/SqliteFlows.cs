using Rota.Jobs;
using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>Edges between jobs in SQLite.</summary>
internal sealed class SqliteFlows(SqliteReaders readers) : IFlowStore
{
    public Task<IReadOnlyList<JobEdge>> DependenciesAsync(
        IReadOnlyList<JobId> jobs, int limit, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<JobEdge>>(
            db => OfAll(jobs, limit, (id, left) => Dependencies(db, id, left)), stop);

    public Task<IReadOnlyList<JobEdge>> DependentsAsync(
        IReadOnlyList<JobId> jobs, int limit, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<JobEdge>>(
            db => OfAll(jobs, limit, (id, left) => Dependents(db, id, left)), stop);

    private static List<JobEdge> OfAll(
        IReadOnlyList<JobId> jobs, int limit, Func<JobId, int, List<JobEdge>> read)
    {
        var edges = new List<JobEdge>();
        foreach (var id in jobs.Order())
            edges.AddRange(read(id, limit - edges.Count));
        return edges;
    }

    public static List<JobEdge> Dependencies(SqliteConnection db, JobId id, int limit) => Read(db.Query("""
        SELECT id, on_id, state
        FROM job_edge
        WHERE id = ?1
        ORDER BY on_id
        LIMIT ?2
        """, id, limit));

    private static List<JobEdge> Dependents(SqliteConnection db, JobId on, int limit) => Read(db.Query("""
        SELECT id, on_id, state
        FROM job_edge INDEXED BY job_edge_on
        WHERE on_id = ?1
        ORDER BY id
        LIMIT ?2
        """, on, limit));

    private static List<JobEdge> Read(Rows rows)
    {
        using var open = rows;
        var edges = new List<JobEdge>();
        while (open.Next())
            edges.Add(new JobEdge(open.JobId(0), open.JobId(1), (JobState?)open.Int64OrNull(2)));
        return edges;
    }

    public Task<IReadOnlyList<Job>> JobsAsync(IReadOnlyList<JobId> ids, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<Job>>(
            db => [.. ids.Order().Select(id => JobReads.FindAsked(db, id)).OfType<Job>()], stop);

    public Task<IReadOnlyList<ReadOnlyMemory<byte>?>?> OutputsAsync(
        JobId id, int bytesMax, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<ReadOnlyMemory<byte>?>?>(
            db => BytesOfOutputs(db, id) > bytesMax ? null : Outputs(db, id), stop);

    private static long BytesOfOutputs(SqliteConnection db, JobId id)
    {
        using var rows = db.Query("""
            SELECT sum(length(output.json))
            FROM job_edge
            JOIN output ON output.id = job_edge.on_id
            WHERE job_edge.id = ?1
            """, id);
        return rows.Next() ? rows.Int64(0) : 0;
    }

    private static List<ReadOnlyMemory<byte>?> Outputs(SqliteConnection db, JobId id)
    {
        var outputs = new List<ReadOnlyMemory<byte>?>();
        using var rows = db.Query("""
            SELECT output.json
            FROM job_edge
            LEFT JOIN output ON output.id = job_edge.on_id
            WHERE job_edge.id = ?1
            ORDER BY job_edge.on_id
            """, id);
        while (rows.Next())
            outputs.Add(rows.BlobOrNull(0));
        return outputs;
    }
}
