using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Rota.Web.Console;

namespace Rota.Web.Auth;

/// <summary>What a page may load; routes without one may load nothing.</summary>
internal sealed record ContentPolicy(string Text);

/// <summary>Headers that every answer carries, errors included.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    private static readonly ContentPolicy Nothing = new("default-src 'none'; frame-ancestors 'none'");

    public Task InvokeAsync(HttpContext context)
    {
        // On starting, because the handling of an error clears what was set before, and the route with it.
        var policy = context.GetEndpoint()?.Metadata.GetMetadata<ContentPolicy>()
            ?? (ConsoleRoutes.Has(context.Request.Path) ? ConsoleRoutes.Policy : Nothing);
        context.Response.OnStarting(() => Set(context.Response.Headers, policy));
        return next(context);
    }

    private static Task Set(IHeaderDictionary headers, ContentPolicy policy)
    {
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ContentSecurityPolicy = policy.Text;
        if (headers.CacheControl.Count == 0)
            headers.CacheControl = "no-store";
        return Task.CompletedTask;
    }
}

internal static class ContentPolicyRoutes
{
    public static TBuilder WithContentPolicy<TBuilder>(this TBuilder builder, string policy)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new ContentPolicy(policy));
}
