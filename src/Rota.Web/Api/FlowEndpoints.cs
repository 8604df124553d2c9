using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Flows;
using Rota.Jobs;
using Rota.Web.Auth;

namespace Rota.Web.Api;

internal static class FlowEndpoints
{
    public static void MapFlows(this IEndpointRouteBuilder api)
    {
        var jobs = api.MapGroup("/jobs").WithTags("Jobs").Needs(Role.Viewer);

        jobs.MapGet("/{id}/graph", GraphAsync).WithName("jobs.graph")
            .WithSummary("A job with all that came before it and comes after it, at most 500");
        jobs.MapPost("/chain", EnqueueChainAsync).Needs(Role.Operator).Audited("jobs.chain", waitsForRow: false)
            .WithSummary("Enqueue up to 1,000 jobs, each after the success of the one before");
        jobs.MapPost("/batch", EnqueueBatchAsync).Needs(Role.Operator)
            .Audited("jobs.batch", waitsForRow: false, hasDetail: false)
            .WithSummary("Enqueue up to 10,000 jobs side by side, with one that stands for all");
    }

    private static async Task<Ok<GraphView>> GraphAsync(
        string id, JobOperations jobs, FlowOperations flows, CancellationToken stop) =>
        TypedResults.Ok(GraphView.From(await flows.GraphAsync((await jobs.GetAsync(id, stop)).Id, stop)));

    private static async Task<Created<EnqueuedManyView>> EnqueueChainAsync(
        ChainRequest body, IJobClient client, CancellationToken stop) =>
        TypedResults.Created((string?)null,
            EnqueuedManyView.From(await client.EnqueueChainAsync(body.ToSteps(), stop)));

    private static async Task<Created<BatchView>> EnqueueBatchAsync(
        BatchRequest body, IJobClient client, CancellationToken stop)
    {
        var batch = await client.EnqueueBatchAsync(body.ToBatch(), stop);
        return TypedResults.Created($"/api/v1/jobs/{batch.Id}", BatchView.From(batch));
    }
}
