using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rota.Access;
using Rota.Secrets;
using Rota.Web.Api;

namespace Rota.Web.Auth;

/// <summary>What a route is called in the audit.</summary>
/// <param name="Name">The operation, such as <c>jobs.cancel</c>.</param>
/// <param name="WaitsForRow">False: the answer does not wait for the audit's row; a crash at that moment can lose it.
/// </param>
/// <param name="HasDetail">False: what was sent is not kept, because it is secret or large.</param>
internal sealed record AuditedAction(string Name, bool WaitsForRow, bool HasDetail);

/// <summary>Something that names what a call is about, where its path does not.</summary>
internal interface IAuditTarget
{
    string AuditTarget { get; }
}

/// <summary>Notes every call that changed something: who, what, to what, with what. The one place that does.</summary>
internal sealed class AuditFilter(AuditOperations audit, ILogger<AuditFilter> log) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);
        var http = context.HttpContext;
        if (http.GetEndpoint()?.Metadata.GetMetadata<AuditedAction>() is not { } action)
            return result;
        var body = context.Arguments.FirstOrDefault(IsBody);
        var hasDetail = action.HasDetail && (http.Request.ContentLength ?? 0) <= AuditOperations.DetailCharactersMax;
        var writing = audit.AddAsync(http.User.ActorName(), action.Name,
            TargetOf(http.Request.RouteValues.Values, body, result), hasDetail ? Detail(body) : null,
            CancellationToken.None);
        if (action.WaitsForRow)
            await writing;
        else
            _ = LogFailureAsync(writing);
        return result;
    }

    private static bool IsBody(object? argument) =>
        argument?.GetType().Name.EndsWith("Request", StringComparison.Ordinal) == true;

    private static string TargetOf(IEnumerable<object?> route, object? body, object? result) =>
        route.FirstOrDefault()?.ToString()
        ?? (result as IAuditTarget ?? ValueOf(result) as IAuditTarget ?? body as IAuditTarget)?.AuditTarget
        ?? "";

    private static object? ValueOf(object? result) =>
        ((result is INestedHttpResult nested ? nested.Result : result) as IValueHttpResult)?.Value;

    private static string? Detail(object? body) => body is null
        ? null
        : JsonMask.Mask(JsonSerializer.SerializeToElement(body, ApiJsonOptions.Value.GetTypeInfo(body.GetType())));

    private async Task LogFailureAsync(Task writing)
    {
        try
        {
            await writing;
        }
        catch (StorageException error)
        {
            log.AuditLost(error);
        }
    }
}

internal static class AuditRoutes
{
    /// <summary>Who asks, as audit and histories call them.</summary>
    public static string ActorName(this ClaimsPrincipal user) => user.Identity?.Name ?? "anonymous";

    /// <summary>Marks a changing route. A test finds those that are not marked.</summary>
    public static RouteHandlerBuilder Audited(
        this RouteHandlerBuilder route, string action, bool waitsForRow = true, bool hasDetail = true) =>
        route.WithMetadata(new AuditedAction(action, waitsForRow, hasDetail)).WithName(action);
}
