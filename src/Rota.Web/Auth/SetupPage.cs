using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Web.Console;
using Rota.Web.Console.Layout;
using Rota.Web.Console.Pages;

namespace Rota.Web.Auth;

/// <summary>The page behind the link that the server prints when it has no user. The one-time code in it stands for
/// antiforgery: who does not know it can do nothing.</summary>
internal static class SetupPage
{
    public const string Path = "/setup";

    public static void MapSetupPage(this IEndpointRouteBuilder app)
    {
        app.MapGet(Path, () => Show<SetUp>()).AllowAnonymous().ExcludeFromDescription()
            .WithMetadata(ConsoleRoutes.Policy);
        app.MapPost(Path, SetUpAsync).AllowAnonymous().ExcludeFromDescription().AddEndpointFilter(ShowErrorAsync)
            .AddEndpointFilter<AuditFilter>().Audited("access.set_up_page").WithMetadata(ConsoleRoutes.Policy);
    }

    private static RazorComponentResult<FormDocument> Show<TPage>()
        where TPage : ConsolePage => new(new { Page = typeof(TPage) });

    private static async Task<RazorComponentResult<FormDocument>> SetUpAsync(
        HttpContext http, AccessOperations access, CancellationToken stop)
    {
        var form = await http.Request.ReadFormAsync(stop);
        var session = await access.SetUpAsync(
            form["code"].ToString(), form["name"].ToString(), form["password"].ToString(), http.Address, stop);
        SessionCookie.Write(http, session);
        return Show<SetUpDone>();
    }

    // A person reads this, not a program: the form again, with what was wrong. Outside of the audit, which notes only
    // what was done.
    private static async ValueTask<object?> ShowErrorAsync(
        EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (RotaException error)
        {
            await context.HttpContext.Request.ReadFormAsync();
            return new FormPage(typeof(SetUp)).Again(context.HttpContext, error);
        }
    }
}
