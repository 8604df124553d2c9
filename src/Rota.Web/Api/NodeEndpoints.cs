using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Nodes;
using Rota.Web.Auth;

namespace Rota.Web.Api;

internal static class NodeEndpoints
{
    public static void MapNodes(this IEndpointRouteBuilder api)
    {
        var nodes = api.MapGroup("/nodes").WithTags("Nodes").Needs(Role.Viewer);

        nodes.MapGet("", ListAsync).WithName("nodes.list").WithSummary("Running Rota processes");
        nodes.MapPost("/{name}/drain", DrainAsync).Needs(Role.Operator).Audited("nodes.drain")
            .WithSummary("Take no more jobs; what runs goes on");
        nodes.MapPost("/{name}/resume", ResumeAsync).Needs(Role.Operator).Audited("nodes.resume")
            .WithSummary("Take jobs again");
    }

    private static async Task<Ok<Page<NodeView>>> ListAsync(NodeOperations nodes, CancellationToken stop) =>
        TypedResults.Ok(new Page<NodeView>([.. (await nodes.ListAsync(stop)).Select(NodeView.From)]));

    private static async Task<NoContent> DrainAsync(string name, NodeOperations nodes, CancellationToken stop)
    {
        await nodes.DrainAsync(name, stop);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> ResumeAsync(string name, NodeOperations nodes, CancellationToken stop)
    {
        await nodes.ResumeAsync(name, stop);
        return TypedResults.NoContent();
    }
}

internal sealed record NodeView(string Name, string Version, string Host, int Pid, DateTimeOffset StartedAt,
    DateTimeOffset SeenAt, long LagMs, long? ClockOffsetMs, bool IsSilent, bool IsStopping, bool IsDrained, int Slots,
    int Running, IReadOnlyList<string> Queues)
{
    public static NodeView From(Node node)
    {
        var beat = node.Beat;
        return new(beat.Name, beat.Version, beat.Host, beat.Pid, beat.StartedAt, beat.SeenAt,
            (long)node.Lag.TotalMilliseconds, (long?)beat.ClockOffset?.TotalMilliseconds, node.IsSilent,
            beat.IsStopping, beat.IsDrained, beat.Slots, beat.Running, beat.Queues);
    }
}
