using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;

namespace Rota.Web.Auth;

internal static class AccessEndpoints
{
    public static void MapAccess(this IEndpointRouteBuilder api)
    {
        var access = api.MapGroup("").WithTags("Access");

        access.MapPost("/setup", SetUpAsync).AllowAnonymous().Audited("access.set_up", hasDetail: false)
            .WithSummary("Make the first administrator");
        access.MapPost("/login", LoginAsync).AllowAnonymous().Audited("access.login").WithSummary("Log in");
        access.MapPost("/logout", LogoutAsync).Needs(Role.Viewer).Audited("access.logout")
            .WithSummary("End the session");
        access.MapGet("/me", Me).Needs(Role.Viewer).WithSummary("Who calls");
    }

    private static async Task<Created<SessionView>> SetUpAsync(
        SetupRequest body, HttpContext http, AccessOperations access, CancellationToken stop)
    {
        var session = await access.SetUpAsync(body.Code, body.Name, body.Password, http.Address, stop);
        SessionCookie.Write(http, session);
        return TypedResults.Created((string?)null, SessionView.From(session));
    }

    private static async Task<Ok<SessionView>> LoginAsync(
        LoginRequest body, HttpContext http, AccessOperations access, CancellationToken stop)
    {
        var session = await access.LoginAsync(body.Name, body.Password, http.Address, stop);
        SessionCookie.Write(http, session);
        return TypedResults.Ok(SessionView.From(session));
    }

    private static async Task<NoContent> LogoutAsync(
        HttpContext http, AccessOperations access, CancellationToken stop)
    {
        await access.LogoutAsync(TokenAuthentication.TokenOf(http)!, stop);
        SessionCookie.Delete(http);
        return TypedResults.NoContent();
    }

    private static Ok<MeView> Me(ClaimsPrincipal user) =>
        TypedResults.Ok(new MeView(user.Identity!.Name!, Policies.RoleOf(user)));

    extension(HttpContext http)
    {
        /// <summary>Where a call comes from. Forwarded addresses are not believed: anybody can send them.</summary>
        internal string Address => http.Connection.RemoteIpAddress?.ToString() ?? "unknown";
    }
}

internal sealed record SetupRequest(string Code, string Name, string Password) : IAuditTarget
{
    string IAuditTarget.AuditTarget => Name;
}

internal sealed record LoginRequest(string Name, string Password) : IAuditTarget
{
    string IAuditTarget.AuditTarget => Name;
}

internal sealed record SessionView(string Token, Role Role, DateTimeOffset ExpiresAt)
{
    public static SessionView From(Session session) => new(session.Token, session.Role, session.ExpiresAt);
}

internal sealed record MeView(string Name, Role Role);
