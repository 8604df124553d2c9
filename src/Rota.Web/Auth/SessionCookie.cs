using Microsoft.AspNetCore.Http;
using Rota.Access;

namespace Rota.Web.Auth;

/// <summary>The session's token as a cookie, for browsers: no script reads it, no other site sends it.</summary>
internal static class SessionCookie
{
    // The prefix makes browsers refuse such a cookie from anybody but this host over TLS.
    private const string PlainName = "rota_session", SecureName = "__Host-rota_session";

    public static string? Read(HttpContext context) => context.Request.Cookies[NameFor(context)];

    public static void Write(HttpContext context, Session session) =>
        context.Response.Cookies.Append(NameFor(context), session.Token, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
            Path = "/",
            Expires = session.ExpiresAt,
        });

    private static string NameFor(HttpContext context) => context.Request.IsHttps ? SecureName : PlainName;
}
