using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Nodes;
using Rota.Storage;
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

internal sealed record NodeView(string Name, string Version, DateTimeOffset StartedAt, DateTimeOffset SeenAt, int Slots,
    int Running, bool IsDraining, IReadOnlyList<string> Queues)
{
    public static NodeView From(NodeBeat node) => new(node.Name, node.Version, node.StartedAt, node.SeenAt, node.Slots,
        node.Running, node.IsDraining, node.Queues);
}
