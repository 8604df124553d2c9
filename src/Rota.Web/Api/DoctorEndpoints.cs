using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Doctor;
using Rota.Web.Auth;

namespace Rota.Web.Api;

internal static class DoctorEndpoints
{
    public static void MapDoctor(this IEndpointRouteBuilder api) =>
        api.MapGet("/doctor", CheckAsync).WithTags("Doctor").Needs(Role.Admin).WithName("doctor.check")
            .WithSummary("What is wrong here, and what to do");

    private static async Task<Ok<Page<FindingView>>> CheckAsync(DoctorOperations doctor, CancellationToken stop) =>
        TypedResults.Ok(new Page<FindingView>([.. (await doctor.CheckAsync(stop)).Select(FindingView.From)]));
}

internal sealed record FindingView(string Name, FindingState State, string Text, string? Hint)
{
    public static FindingView From(Finding finding) => new(finding.Name, finding.State, finding.Text, finding.Hint);
}
