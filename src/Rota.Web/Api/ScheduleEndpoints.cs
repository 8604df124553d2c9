using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Schedules;
using Rota.Web.Auth;

namespace Rota.Web.Api;

internal static class ScheduleEndpoints
{
    public static void MapSchedules(this IEndpointRouteBuilder api)
    {
        var schedules = api.MapGroup("/schedules").WithTags("Schedules").Needs(Role.Viewer);

        schedules.MapGet("", ListAsync).WithName("schedules.list").WithSummary("Schedules, by name");
        schedules.MapGet("/{name}", GetAsync).WithName("schedules.get").WithSummary("One schedule");
        schedules.MapGet("/{name}/occurrences", OccurrencesAsync).WithName("schedules.occurrences")
            .WithSummary("What became of its due times, newest first");
        schedules.MapPost("/preview", Preview).WithName("schedules.preview").WithSummary("What a trigger means");

        schedules.MapPut("/{name}", PutAsync).Needs(Role.Operator).Audited("schedules.put")
            .WithSummary("Make a schedule or replace its rule; secrets that are left out stay");
        schedules.MapDelete("/{name}", RemoveAsync).Needs(Role.Operator).Audited("schedules.remove")
            .WithSummary("Remove a schedule; its jobs stay");
        schedules.MapPost("/{name}/pause", PauseAsync).Needs(Role.Operator).Audited("schedules.pause")
            .WithSummary("Enqueue nothing until it is resumed");
        schedules.MapPost("/{name}/resume", ResumeAsync).Needs(Role.Operator).Audited("schedules.resume")
            .WithSummary("Go on from now");
        schedules.MapPost("/{name}/run", RunAsync).Needs(Role.Operator).Audited("schedules.run")
            .WithSummary("Enqueue its job now");
    }

    private static async Task<Ok<Page<ScheduleView>>> ListAsync(ScheduleOperations schedules, CancellationToken stop) =>
        TypedResults.Ok(new Page<ScheduleView>([.. (await schedules.ListAsync(stop)).Select(ScheduleView.From)]));

    private static async Task<Ok<ScheduleView>> GetAsync(
        string name, ScheduleOperations schedules, CancellationToken stop) =>
        TypedResults.Ok(ScheduleView.From(await schedules.GetAsync(name, stop)));

    private static async Task<Ok<Page<OccurrenceView>>> OccurrencesAsync(string name, ScheduleOperations schedules,
        CancellationToken stop, int limit = Paging.DefaultLimit) =>
        TypedResults.Ok(new Page<OccurrenceView>(
            [.. (await schedules.OccurrencesAsync(name, limit, stop)).Select(OccurrenceView.From)]));

    private static Ok<PreviewView> Preview(PreviewRequest body, TimeProvider clock) =>
        TypedResults.Ok(PreviewView.From(
            TriggerJson.Read(body.Trigger, clock.GetUtcNow()), body.CheckedCount, clock.GetUtcNow()));

    private static async Task<Results<Created<ScheduleView>, Ok<ScheduleView>>> PutAsync(string name,
        ScheduleRequest body, ScheduleOperations schedules, TimeProvider clock, CancellationToken stop)
    {
        var (schedule, isNew) = await schedules.PutAsync(body.ToDefinition(name, clock.GetUtcNow()), stop);
        var view = ScheduleView.From(schedule);
        return isNew ? TypedResults.Created($"/api/v1/schedules/{name}", view) : TypedResults.Ok(view);
    }

    private static async Task<NoContent> RemoveAsync(string name, ScheduleOperations schedules, CancellationToken stop)
    {
        await schedules.RemoveAsync(name, stop);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<ScheduleView>> PauseAsync(
        string name, ScheduleOperations schedules, CancellationToken stop) =>
        TypedResults.Ok(ScheduleView.From(await schedules.PauseAsync(name, stop)));

    private static async Task<Ok<ScheduleView>> ResumeAsync(
        string name, ScheduleOperations schedules, CancellationToken stop) =>
        TypedResults.Ok(ScheduleView.From(await schedules.ResumeAsync(name, stop)));

    private static async Task<Ok<EnqueuedView>> RunAsync(
        string name, ScheduleOperations schedules, CancellationToken stop) =>
        TypedResults.Ok(EnqueuedView.From(await schedules.RunAsync(name, stop)));
}
