using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Schedules;
using Rota.Storage;
using Rota.Web.Auth;

namespace Rota.Web.Api;

internal static class ScheduleEndpoints
{
    private const int DefaultLimit = 1_000, VersionsLimit = 20;

    public static void MapSchedules(this IEndpointRouteBuilder api)
    {
        var schedules = api.MapGroup("/schedules").WithTags("Schedules").Needs(Role.Viewer);

        schedules.MapGet("", ListAsync).WithName("schedules.list").WithSummary("Schedules, by name");
        schedules.MapGet("/{name}", GetAsync).WithName("schedules.get").WithSummary("One schedule");
        schedules.MapGet("/{name}/occurrences", OccurrencesAsync).WithName("schedules.occurrences")
            .WithSummary("What became of its due times, newest first");
        schedules.MapPost("/preview", Preview).WithName("schedules.preview").WithSummary("What a trigger means");

        schedules.MapGet("/{name}/versions", VersionsAsync).WithName("schedules.versions")
            .WithSummary("What was changed, when and by whom, newest first; also of a removed schedule");

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
        schedules.MapPost("/{name}/backfill", BackfillAsync).Needs(Role.Operator).Audited("schedules.backfill")
            .WithSummary("Enqueue jobs for due times of the past that have none; only tells unless dry_run is false");
        schedules.MapPost("/{name}/restore", RestoreAsync).Needs(Role.Operator).Audited("schedules.restore")
            .WithSummary("Go back to an earlier version, also of a removed schedule");
        schedules.MapPost("/pause", PauseAllAsync).Needs(Role.Operator).Audited("schedules.pause_all")
            .WithSummary("Pause all schedules, or all with a tag");
        schedules.MapPost("/resume", ResumeAllAsync).Needs(Role.Operator).Audited("schedules.resume_all")
            .WithSummary("Resume all schedules, or all with a tag");
    }

    private static async Task<Ok<Page<ScheduleView>>> ListAsync(ScheduleOperations schedules, CancellationToken stop,
        string? tag = null, string? after = null, int limit = DefaultLimit)
    {
        var page = await schedules.ListAsync(tag, after, limit, stop);
        return TypedResults.Ok(new Page<ScheduleView>(
            [.. page.Select(ScheduleView.From)], page.Count == limit ? page[^1].Name : null));
    }

    private static async Task<Ok<ScheduleView>> GetAsync(
        string name, ScheduleOperations schedules, CancellationToken stop) =>
        TypedResults.Ok(ScheduleView.From(await schedules.GetAsync(name, stop)));

    private static async Task<Ok<Page<OccurrenceView>>> OccurrencesAsync(string name, ScheduleOperations schedules,
        CancellationToken stop, DateTimeOffset? before = null, int limit = Paging.DefaultLimit)
    {
        var page = await schedules.OccurrencesAsync(name, before, limit, stop);
        return TypedResults.Ok(new Page<OccurrenceView>([.. page.Select(OccurrenceView.From)],
            page.Count == limit ? page[^1].DueAt.ToString("O", CultureInfo.InvariantCulture) : null));
    }

    private static async Task<Ok<Page<ScheduleVersionView>>> VersionsAsync(
        string name, ScheduleOperations schedules, CancellationToken stop, int limit = VersionsLimit) =>
        TypedResults.Ok(new Page<ScheduleVersionView>(
            [.. (await schedules.VersionsAsync(name, limit, stop)).Select(ScheduleVersionView.From)]));

    private static Ok<PreviewView> Preview(PreviewRequest body, TimeProvider clock) =>
        TypedResults.Ok(PreviewView.From(
            TriggerJson.Read(body.Trigger, clock.GetUtcNow()), body.CheckedCount, clock.GetUtcNow()));

    private static async Task<Results<Created<ScheduleView>, Ok<ScheduleView>>> PutAsync(string name,
        ScheduleRequest body, ScheduleOperations schedules, TimeProvider clock, ClaimsPrincipal user,
        CancellationToken stop)
    {
        var definition = body.ToDefinition(name, clock.GetUtcNow());
        var (schedule, outcome) = await schedules.PutAsync(definition, user.ActorName(), stop);
        var view = ScheduleView.From(schedule);
        return outcome == PutOutcome.Made
            ? TypedResults.Created($"/api/v1/schedules/{name}", view) : TypedResults.Ok(view);
    }

    private static async Task<NoContent> RemoveAsync(string name, ScheduleOperations schedules, ClaimsPrincipal user,
        CancellationToken stop, string? owner = null, [FromQuery(Name = "take_over")] bool takesOver = false)
    {
        await schedules.RemoveAsync(name, owner, takesOver, user.ActorName(), stop);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<ScheduleView>> PauseAsync(
        string name, ScheduleOperations schedules, ClaimsPrincipal user, CancellationToken stop) =>
        TypedResults.Ok(ScheduleView.From(await schedules.PauseAsync(name, user.ActorName(), stop)));

    private static async Task<Ok<ScheduleView>> ResumeAsync(
        string name, ScheduleOperations schedules, ClaimsPrincipal user, CancellationToken stop) =>
        TypedResults.Ok(ScheduleView.From(await schedules.ResumeAsync(name, user.ActorName(), stop)));

    private static async Task<Ok<ScheduleNamesView>> PauseAllAsync(ScheduleSelectionRequest body,
        ScheduleOperations schedules, ClaimsPrincipal user, CancellationToken stop) =>
        TypedResults.Ok(new ScheduleNamesView(
            await schedules.PauseAllAsync(body.CheckedTag, user.ActorName(), stop), ArePaused: true));

    private static async Task<Ok<ScheduleNamesView>> ResumeAllAsync(ScheduleSelectionRequest body,
        ScheduleOperations schedules, ClaimsPrincipal user, CancellationToken stop) =>
        TypedResults.Ok(new ScheduleNamesView(
            await schedules.ResumeAllAsync(body.CheckedTag, user.ActorName(), stop), ArePaused: false));

    private static async Task<Ok<EnqueuedView>> RunAsync(
        string name, ScheduleOperations schedules, CancellationToken stop) =>
        TypedResults.Ok(EnqueuedView.From(await schedules.RunAsync(name, stop)));

    private static async Task<Ok<BackfillView>> BackfillAsync(
        string name, BackfillRequest body, BackfillOperations backfills, TimeProvider clock, CancellationToken stop) =>
        TypedResults.Ok(BackfillView.From(await backfills.RunAsync(
            name, body.FromInstant, body.ToInstant ?? clock.GetUtcNow(), body.DryRun, stop), body.DryRun));

    private static async Task<Ok<ScheduleView>> RestoreAsync(string name, RestoreRequest body,
        ScheduleOperations schedules, ClaimsPrincipal user, CancellationToken stop) =>
        TypedResults.Ok(ScheduleView.From(
            await schedules.RestoreAsync(name, body.Version, user.ActorName(), stop)));
}
