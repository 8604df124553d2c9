using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Web.Api;

namespace Rota.Web.Auth;

/// <summary>The page behind the link that the server prints when it has no user. The one-time code in it stands for
/// antiforgery: who does not know it can do nothing.</summary>
internal static class SetupPage
{
    private const string Path = "/setup";

    public static void MapSetupPage(this IEndpointRouteBuilder app)
    {
        app.MapGet(Path, Show).AllowAnonymous().ExcludeFromDescription().WithContentPolicy(PlainPage.Policy);
        app.MapPost(Path, SetUpAsync).AllowAnonymous().ExcludeFromDescription().AddEndpointFilter(ShowErrorAsync)
            .AddEndpointFilter<AuditFilter>().Audited("access.set_up_page").WithContentPolicy(PlainPage.Policy);
    }

    private static ContentHttpResult Show(AccessOperations access, string code = "") =>
        access.SetupCode is null
            ? PlainPage.Of("Rota", """
                <p>Rota is set up already. <a href="/console">Sign in</a>, or log in with <code>rota login</code>.</p>
                """)
            : Form(code);

    /// <summary>Who came by the link need not see its code.</summary>
    private static ContentHttpResult Form(string code, string name = "admin", RotaException? error = null) =>
        PlainPage.Of("Welcome to Rota", $"""
            <p>Make the first administrator, who may do everything here.</p>
            {(error is null ? "" : $"<p role=\"alert\">{Html(error.Message)} {Html(error.Hint ?? "")}</p>")}
            <form method="post" action="{Path}">
            {(code.Length > 0 ? $"<input type=\"hidden\" name=\"code\" value=\"{Html(code)}\">" : """
            <label>Code, from the link that the server printed at its start
            <input name="code" required autocomplete="off" autofocus></label>
            """)}
            <label>Name
            <input name="name" value="{Html(name)}" required autocomplete="username"></label>
            <label>Password, 10 characters or more
            <input name="password" type="password" required minlength="10" autocomplete="new-password"
            autofocus></label>
            <button>Make the administrator</button>
            </form>
            """, error is null ? StatusCodes.Status200OK : ProblemView.From(error).Status);

    private static async Task<ContentHttpResult> SetUpAsync(
        HttpContext http, AccessOperations access, CancellationToken stop)
    {
        var form = await http.Request.ReadFormAsync(stop);
        var session = await access.SetUpAsync(
            form["code"].ToString(), form["name"].ToString(), form["password"].ToString(), http.Address, stop);
        SessionCookie.Write(http, session);
        return PlainPage.Of("Ready", $"""
            <p>The administrator <b>{Html(form["name"].ToString())}</b> is made. This browser is logged in for 12 h.</p>
            <ul>
            <li>In this browser: <a href="/console">the console</a>.</li>
            <li>In a terminal: <code>rota login</code>, then <code>rota jobs enqueue demo.hello</code>.</li>
            <li>From programs: <a href="/docs">the API, with a page to try it</a>.</li>
            </ul>
            """);
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
            var form = await context.HttpContext.Request.ReadFormAsync();
            return Form(error.Code == "auth.wrong" ? "" : form["code"].ToString(), form["name"].ToString(), error);
        }
    }

    private static string Html(string text) => HtmlEncoder.Default.Encode(text);
}
