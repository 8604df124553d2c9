using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;

namespace Rota.Web.Auth;

/// <summary>The page behind the link that the server prints when it has no user. The one-time code in it stands for
/// antiforgery: who does not know it can do nothing.</summary>
internal static class SetupPage
{
    private const string Policy = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'";

    public static void MapSetupPage(this IEndpointRouteBuilder app)
    {
        app.MapGet("/setup", Show).AllowAnonymous().ExcludeFromDescription().WithContentPolicy(Policy);
        app.MapPost("/setup", SetUpAsync).AllowAnonymous().ExcludeFromDescription()
            .AddEndpointFilter<AuditFilter>().Audited("access.set_up_page").WithContentPolicy(Policy);
    }

    private static ContentHttpResult Show(AccessOperations access, string code = "") =>
        access.SetupCode is null
            ? Page("<p>Rota is set up already. Log in with <code>rota login</code>.</p>")
            : Page($"""
                <p>Make the first administrator. The code stands in the link that the server printed at its start.</p>
                <form method="post" action="/setup">
                <p><label>Code<br><input name="code" value="{Html(code)}" required autocomplete="off"></label></p>
                <p><label>Name<br><input name="name" value="admin" required autocomplete="username"></label></p>
                <p><label>Password, 10 characters or more<br>
                <input name="password" type="password" required minlength="10" autocomplete="new-password"></label></p>
                <p><button>Make the administrator</button></p>
                </form>
                """);

    private static async Task<ContentHttpResult> SetUpAsync(
        HttpContext http, AccessOperations access, CancellationToken stop)
    {
        var form = await http.Request.ReadFormAsync(stop);
        var session = await access.SetUpAsync(
            form["code"].ToString(), form["name"].ToString(), form["password"].ToString(), http.Address, stop);
        SessionCookie.Write(http, session);
        return Page($"""
            <p>The administrator <b>{Html(form["name"].ToString())}</b> is made. This browser is logged in for 12 h.</p>
            <ul>
            <li>On the command line: <code>rota login</code>, then <code>rota jobs enqueue demo.hello</code>.</li>
            <li>From programs: <a href="/docs">the API, with a page to try it</a>.</li>
            </ul>
            """);
    }

    private static ContentHttpResult Page(string body) =>
        TypedResults.Content($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Rota: set-up</title>
            </head>
            <body><main>
            <h1>Rota</h1>
            {body}
            </main></body>
            </html>
            """, "text/html; charset=utf-8");

    private static string Html(string text) => HtmlEncoder.Default.Encode(text);
}
