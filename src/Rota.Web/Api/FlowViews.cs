using System.Globalization;
using Rota.Flows;
using Rota.Jobs;
using Rota.Web.Auth;

namespace Rota.Web.Api;

internal sealed record BatchView(long Id, IReadOnlyList<long> Jobs, long? OnSuccess, long? OnComplete) : IAuditTarget
{
    string IAuditTarget.AuditTarget => Id.ToString(CultureInfo.InvariantCulture);

    public static BatchView From(EnqueuedBatch batch) => new(batch.Id.Value, [.. batch.Jobs.Select(id => id.Value)],
        batch.OnSuccess?.Value, batch.OnComplete?.Value);
}

/// <param name="Truncated">There is more than <paramref name="Nodes"/> tells; <paramref name="More"/> counts it as far
/// as it was looked at.</param>
internal sealed record GraphView(IReadOnlyList<GraphNodeView> Nodes, IReadOnlyList<GraphEdgeView> Edges,
    IReadOnlyList<GraphMoreView> More, bool Truncated)
{
    public static GraphView From(JobGraph graph) => new([.. graph.Jobs.Select(GraphNodeView.From)],
        [.. graph.Edges.Select(edge => new GraphEdgeView(edge.From.Value, edge.To.Value))],
        [.. graph.More.Select(more => new GraphMoreView(more.State, more.Count,
            [.. more.From.Select(id => id.Value)], [.. more.To.Select(id => id.Value)]))],
        graph.IsTruncated);
}

/// <param name="WaitsFor">Of a blocked job, how many others have not ended.</param>
internal sealed record GraphNodeView(long Id, string Kind, JobState State, DateTimeOffset? DueAt,
    DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, int? WaitsFor)
{
    public static GraphNodeView From(Job job) => new(job.Id.Value, job.Kind, job.State, job.DueAt, job.StartedAt,
        job.EndedAt, job.State == JobState.Blocked ? job.Blockers : null);
}

/// <param name="From">Comes first.</param>
internal sealed record GraphEdgeView(long From, long To);

/// <summary>Jobs that are only counted.</summary>
/// <param name="From">Nodes that come before all of them.</param>
/// <param name="To">Nodes that come after all of them.</param>
internal sealed record GraphMoreView(JobState State, int Count, IReadOnlyList<long> From, IReadOnlyList<long> To);
