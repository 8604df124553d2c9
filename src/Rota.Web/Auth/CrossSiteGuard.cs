using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;

namespace Rota.Web.Auth;

/// <summary>A changing call that is known by its cookie alone needs a header that no foreign form can send. A form of
/// the console's cannot send one either: it brings the antiforgery token that its page was made with.</summary>
/// <remarks>Stands behind the framework's antiforgery, which has looked at the token already.</remarks>
internal sealed class CrossSiteGuard(RequestDelegate next)
{
    public const string Header = "X-Requested-With", Value = "rota";

    public Task InvokeAsync(HttpContext context)
    {
        if (IsSafe(context.Request.Method))
            return next(context);
        if (context.GetEndpoint()?.Metadata.GetMetadata<IAntiforgeryMetadata>() is { RequiresValidation: true })
        {
            return context.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: true }
                ? next(context)
                : throw new RotaException("form.invalid", "This form was made for another session, or is too old.",
                    "Go back, load the page again, and send the form once more.");
        }
        var isByCookie = context.User.Identity?.AuthenticationType == TokenAuthentication.CookieName;
        if (isByCookie && context.Request.Headers[Header] != Value)
        {
            throw new RotaException("auth.forbidden", "A call with a cookie that changes something needs its header.",
                $"Send '{Header}: {Value}', or a bearer token instead of the cookie.");
        }
        return next(context);
    }

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
}
