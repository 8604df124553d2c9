using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Storage;
using Rota.Web.Auth;

namespace Rota.Web.Api;

internal static class AuditEndpoints
{
    public static void MapAudit(this IEndpointRouteBuilder api) =>
        api.MapGet("/audit", ListAsync).WithTags("Audit").Needs(Role.Admin).WithName("audit.list")
            .WithSummary("Who changed what, newest first");

    private static async Task<Ok<Page<AuditView>>> ListAsync(AuditOperations audit, CancellationToken stop,
        long? before = null, int limit = Paging.DefaultLimit) =>
        TypedResults.Ok((await audit.ListAsync(before, limit, stop)).ToPage(limit, AuditView.From, entry => entry.Id));
}

internal sealed record AuditView(
    long Id, DateTimeOffset At, string Actor, string Action, string Target, RawJson? Detail,
    RawJson? Changes)
{
    public static AuditView From(AuditEntry entry) => new(entry.Id, entry.At, entry.Actor, entry.Action, entry.Target,
        Raw(entry.Detail), Raw(entry.Changes));

    private static RawJson? Raw(string? json) => json is null ? null : new RawJson(json);
}
