using Microsoft.AspNetCore.Http;

namespace Rota.Web.Auth;

/// <summary>A changing call that is known by its cookie alone needs a header that no foreign form can send.</summary>
internal sealed class CrossSiteGuard(RequestDelegate next)
{
    public const string Header = "X-Requested-With", Value = "rota";

    public Task InvokeAsync(HttpContext context)
    {
        var isByCookie = context.User.Identity?.AuthenticationType == TokenAuthentication.CookieName;
        if (isByCookie && !IsSafe(context.Request.Method) && context.Request.Headers[Header] != Value)
        {
            throw new RotaException("auth.forbidden", "A call with a cookie that changes something needs its header.",
                $"Send '{Header}: {Value}', or a bearer token instead of the cookie.");
        }
        return next(context);
    }

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
}
