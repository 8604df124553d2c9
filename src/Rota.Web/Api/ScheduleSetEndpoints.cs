using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Schedules;
using Rota.Web.Auth;

namespace Rota.Web.Api;

internal static class ScheduleSetEndpoints
{
    public static void MapScheduleSets(this IEndpointRouteBuilder api) =>
        api.MapPost("/schedules/apply", ApplyAsync).WithTags("Schedules").Needs(Role.Operator)
            .Audited("schedules.apply").WithSummary(
                "Make the schedules of one owner what a set says, or tell the difference; only tells unless dry_run is "
                + "false");

    private static async Task<Ok<ScheduleSetView>> ApplyAsync(ScheduleSetRequest body, ScheduleSetOperations sets,
        ClaimsPrincipal user, CancellationToken stop) =>
        TypedResults.Ok(ScheduleSetView.From(body.DryRun
            ? await sets.PlanAsync(body.ToSet(), stop)
            : await sets.ApplyAsync(body.ToSet(), user.ActorName(), stop), body.DryRun));
}
