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
    public static void MapNodes(this IEndpointRouteBuilder api) =>
        api.MapGet("/nodes", ListAsync).WithTags("Nodes").Needs(Role.Viewer).WithName("nodes.list")
            .WithSummary("Running Rota processes");

    private static async Task<Ok<Page<NodeView>>> ListAsync(NodeOperations nodes, CancellationToken stop) =>
        TypedResults.Ok(new Page<NodeView>([.. (await nodes.ListAsync(stop)).Select(NodeView.From)]));
}

internal sealed record NodeView(string Name, string Version, string Host, int Pid, DateTimeOffset StartedAt,
    DateTimeOffset SeenAt, long LagMs, long? ClockOffsetMs, bool IsSilent, bool IsDraining, int Slots, int Running,
    IReadOnlyList<string> Queues)
{
    public static NodeView From(Node node)
    {
        var beat = node.Beat;
        return new(beat.Name, beat.Version, beat.Host, beat.Pid, beat.StartedAt, beat.SeenAt,
            (long)node.Lag.TotalMilliseconds, (long?)beat.ClockOffset?.TotalMilliseconds, node.IsSilent,
            beat.IsDraining, beat.Slots, beat.Running, beat.Queues);
    }
}
