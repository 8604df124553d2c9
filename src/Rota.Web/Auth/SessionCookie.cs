using Microsoft.AspNetCore.Http;
using Rota.Access;

namespace Rota.Web.Auth;

/// <summary>The session's token as a cookie, for browsers: no script reads it, no other site sends it.</summary>
/// <remarks>Over TLS it is Secure. Behind a proxy the proxy speaks TLS and says so in X-Forwarded-Proto, which anybody
/// may send: whoever does so without TLS only gets a cookie that his browser does not send back.</remarks>
internal static class SessionCookie
{
    // The prefix makes browsers refuse such a cookie from anybody but this host over TLS.
    private const string PlainName = "rota_session", SecureName = "__Host-rota_session";

    public static string? Read(HttpContext context) => context.Request.Cookies[NameFor(context)];

    public static void Write(HttpContext context, Session session)
    {
        var options = OptionsFor(context);
        options.Expires = session.ExpiresAt;
        context.Response.Cookies.Append(NameFor(context), session.Token, options);
    }

    public static void Delete(HttpContext context) =>
        context.Response.Cookies.Delete(NameFor(context), OptionsFor(context));

    /// <summary>Of any cookie of ours: for this host alone, and not for scripts.</summary>
    public static CookieOptions OptionsFor(HttpContext context) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = IsTls(context.Request),
        Path = "/",
    };

    private static string NameFor(HttpContext context) => IsTls(context.Request) ? SecureName : PlainName;

    // Of several proxies, each adds its own at the end; the first is the one that the browser speaks to.
    private static bool IsTls(HttpRequest request) => request.IsHttps
        || request.Headers["X-Forwarded-Proto"].ToString().Split(',')[0].Trim()
            .Equals("https", StringComparison.OrdinalIgnoreCase);
}
