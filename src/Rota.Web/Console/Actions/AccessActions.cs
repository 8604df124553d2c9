using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Web.Auth;
using Rota.Web.Console.Pages;

namespace Rota.Web.Console.Actions;

internal static class AccessActions
{
    public static void MapAccessActions(this IEndpointRouteBuilder actions)
    {
        actions.MapPost("/sign-in", SignInAsync).AllowAnonymous().WithFormOn<SignIn>()
            .WithMetadata(new AuditedAction("access.login", WaitsForRow: true, HasDetail: false));
        actions.MapAction("/sign-out", Role.Viewer, "access.logout", SignOutAsync);
        actions.MapPost("/theme", SetTheme).AllowAnonymous();
    }

    private static async Task<Done> SignInAsync(HttpContext http, AccessOperations access, [FromForm] string? name,
        [FromForm] string? password, CancellationToken stop)
    {
        name ??= "";
        var session = await access.LoginAsync(name, password ?? "", http.Address, stop);
        SessionCookie.Write(http, session);
        return new Done(Text: null, Target: name);
    }

    private static async Task<Done> SignOutAsync(HttpContext http, AccessOperations access, CancellationToken stop)
    {
        if (SessionCookie.Read(http) is { } token)
            await access.LogoutAsync(token, stop);
        SessionCookie.Delete(http);
        return new Done("You are signed out.", ConsoleRoutes.SignIn);
    }

    private static Done SetTheme(HttpContext http, [FromForm] string? theme)
    {
        Theme.Write(http, theme);
        return new Done(Text: null);
    }
}
