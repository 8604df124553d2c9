using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Rota.Web.Metrics;

/// <summary>Says in the span of a request which one it is, by OpenTelemetry's names for HTTP servers; the framework
/// leaves that to others.</summary>
/// <remarks>Without the query, which may hold the code of the first set-up.</remarks>
internal sealed class RequestTrace(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) =>
        context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span
            ? TellAsync(context, span)
            : next(context);

    private async Task TellAsync(HttpContext context, Activity span)
    {
        // Now, because the handling of an error clears it.
        var route = context.GetEndpoint() is RouteEndpoint endpoint
            ? $"/{endpoint.RoutePattern.RawText?.Trim('/')}" : null;
        var method = context.Request.Method;
        span.DisplayName = route is null ? method : $"{method} {route}";
        span.SetTag("http.request.method", method);
        span.SetTag("http.route", route);
        span.SetTag("url.path", context.Request.Path.Value);
        await next(context);
        span.SetTag("http.response.status_code", context.Response.StatusCode);
        if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            span.SetStatus(ActivityStatusCode.Error);
    }
}
