using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Queues;
using Rota.Web.Auth;

namespace Rota.Web.Api;

internal static class QueueEndpoints
{
    public static void MapQueues(this IEndpointRouteBuilder api)
    {
        var queues = api.MapGroup("/queues").WithTags("Queues").Needs(Role.Viewer);

        queues.MapGet("", ListAsync).WithName("queues.list").WithSummary("Queues with how many jobs stand in them");
        queues.MapPost("/{name}/pause", PauseAsync).Needs(Role.Operator).Audited("queues.pause")
            .WithSummary("Claim no more jobs of a queue; what runs goes on");
        queues.MapPost("/{name}/resume", ResumeAsync).Needs(Role.Operator).Audited("queues.resume")
            .WithSummary("Claim jobs of a queue again");
        queues.MapPut("/{name}/limit", LimitAsync).Needs(Role.Operator).Audited("queues.limit")
            .WithSummary("Run at most so many jobs of a queue at once, on all nodes together; null lifts the limit");
    }

    private static async Task<Ok<Page<QueueView>>> ListAsync(QueueOperations queues, CancellationToken stop) =>
        TypedResults.Ok(new Page<QueueView>([.. (await queues.ListAsync(stop)).Select(QueueView.From)]));

    private static async Task<NoContent> PauseAsync(string name, QueueOperations queues, CancellationToken stop)
    {
        await queues.PauseAsync(name, stop);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> ResumeAsync(string name, QueueOperations queues, CancellationToken stop)
    {
        await queues.ResumeAsync(name, stop);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> LimitAsync(
        string name, QueueLimitRequest request, QueueOperations queues, CancellationToken stop)
    {
        await queues.LimitAsync(name, request.MaxRunning, stop);
        return TypedResults.NoContent();
    }
}

/// <param name="MaxRunning">1 to 100,000; null: as many as nodes have slots.</param>
internal sealed record QueueLimitRequest(int? MaxRunning);

internal sealed record QueueView(string Name, bool IsPaused, int? MaxRunning, long Queued, long Scheduled, long Running,
    long Retrying, long Blocked, DateTimeOffset? OldestAt)
{
    public static QueueView From(QueueInfo queue) => new(queue.Name, queue.IsPaused, queue.MaxRunning,
        queue[JobState.Queued], queue[JobState.Scheduled], queue[JobState.Running], queue[JobState.Retrying],
        queue[JobState.Blocked], queue.OldestAt);
}
