using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Jobs;
using Rota.Web.Auth;

namespace Rota.Web.Api;

internal static class JobEndpoints
{
    private const string DefaultReason = "canceled by a caller";

    public static void MapJobs(this IEndpointRouteBuilder api)
    {
        var jobs = api.MapGroup("/jobs").WithTags("Jobs").Needs(Role.Viewer);

        jobs.MapGet("", ListAsync).WithName("jobs.list").WithSummary("Jobs, newest first, without args and output");
        jobs.MapGet("/counts", CountAsync).WithName("jobs.counts").WithSummary("How many there are, from counters");
        jobs.MapGet("/{id}", GetAsync).WithName("jobs.get").WithSummary("One job; {id} may be key:NAME");
        jobs.MapGet("/{id}/attempts", AttemptsAsync).WithName("jobs.attempts").WithSummary("Attempts, oldest first");

        jobs.MapPost("", EnqueueAsync).Needs(Role.Operator).Audited("jobs.enqueue", waitsForRow: false)
            .WithSummary("Enqueue a job");
        jobs.MapPost("/many", EnqueueManyAsync).Needs(Role.Operator)
            .Audited("jobs.enqueue_many", waitsForRow: false, hasDetail: false)
            .WithSummary("Enqueue up to 10,000 jobs in one commit");
        jobs.MapPost("/{id}/cancel", CancelAsync).Needs(Role.Operator).Audited("jobs.cancel")
            .WithSummary("Cancel a job that has not ended");
        jobs.MapPost("/{id}/retry", RetryAsync).Needs(Role.Operator).Audited("jobs.retry")
            .WithSummary("Run an ended job again as a new one, or a waiting one now");
        jobs.MapPost("/bulk", BulkAsync).Needs(Role.Operator).Audited("jobs.bulk")
            .WithSummary("Cancel or retry all jobs that fit a filter; only counts unless dry_run is false");
    }

    private static async Task<Ok<Page<JobView>>> ListAsync([AsParameters] JobFilterRequest filter, JobOperations jobs,
        CancellationToken stop, long? before = null, int limit = Paging.DefaultLimit)
    {
        var page = await jobs.ListAsync(filter.ToFilter(), before is { } id ? new JobId(id) : null, limit, stop);
        return TypedResults.Ok(new Page<JobView>([.. page.Jobs.Select(JobView.From)], page.Next?.ToString()));
    }

    private static async Task<Ok<CountsView>> CountAsync(JobOperations jobs, CancellationToken stop) =>
        TypedResults.Ok(CountsView.From(await jobs.CountAsync(stop)));

    private static async Task<Ok<JobView>> GetAsync(string id, JobOperations jobs, CancellationToken stop)
    {
        var job = await jobs.GetAsync(id, stop);
        return TypedResults.Ok(JobView.From(job) with { Why = await jobs.WhyAsync(job, stop) });
    }

    private static async Task<Ok<Page<AttemptView>>> AttemptsAsync(
        string id, JobOperations jobs, CancellationToken stop)
    {
        var attempts = await jobs.AttemptsAsync((await jobs.GetAsync(id, stop)).Id, stop);
        return TypedResults.Ok(new Page<AttemptView>([.. attempts.Select(AttemptView.From)]));
    }

    private static async Task<Results<Created<EnqueuedView>, Ok<EnqueuedView>>> EnqueueAsync(
        EnqueueRequest body, IJobClient client, CancellationToken stop)
    {
        var enqueued = await client.EnqueueAsync(body.Kind, body.ArgsOrNone, body.Options?.ToOptions(), stop);
        var view = EnqueuedView.From(enqueued);
        return enqueued.IsNew ? TypedResults.Created($"/api/v1/jobs/{enqueued.Id}", view) : TypedResults.Ok(view);
    }

    private static async Task<Created<EnqueuedManyView>> EnqueueManyAsync(
        EnqueueManyRequest body, IJobClient client, CancellationToken stop) =>
        TypedResults.Created((string?)null, EnqueuedManyView.From(
            await client.EnqueueManyAsync(body.Kind, body.CheckedArgs, body.Options?.ToOptions(), stop)));

    private static async Task<Ok<JobView>> CancelAsync(
        string id, CancelRequest? body, JobOperations jobs, CancellationToken stop)
    {
        var job = await jobs.GetAsync(id, stop);
        return TypedResults.Ok(JobView.From(await jobs.CancelAsync(job.Id, body?.Reason ?? DefaultReason, stop)));
    }

    private static async Task<Ok<EnqueuedView>> RetryAsync(string id, JobOperations jobs, CancellationToken stop)
    {
        var job = await jobs.GetAsync(id, stop);
        return TypedResults.Ok(EnqueuedView.From(await jobs.RetryAsync(job.Id, stop)));
    }

    // What was begun is done, and noted in the audit, also when the caller goes away.
    private static async Task<Ok<BulkView>> BulkAsync(BulkRequest body, JobOperations jobs, CancellationToken aborted)
    {
        var stop = body.DryRun ? aborted : CancellationToken.None;
        var filter = body.Filter.ToFilter();
        var moves = body.Action == BulkAction.Cancel
            ? await jobs.CancelAllAsync(filter, body.Reason ?? DefaultReason, body.DryRun, stop)
            : await jobs.RetryAllAsync(filter, body.DryRun, stop);
        return TypedResults.Ok(new BulkView(moves.Count, body.DryRun,
            body.DryRun ? [] : BulkChanges.Of(moves, isRetry: body.Action == BulkAction.Retry)));
    }
}
