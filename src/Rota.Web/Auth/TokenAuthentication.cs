using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rota.Access;
using Rota.Web.Api;
using Rota.Web.Console;

namespace Rota.Web.Auth;

/// <summary>Knows callers by the bearer token of their header, else by the token in the session's cookie.</summary>
internal sealed class TokenAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers,
    UrlEncoder encoder, AccessOperations access)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "Bearer", CookieName = "Cookie";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (TokenOf(Context) is not { } token)
            return AuthenticateResult.NoResult();
        var caller = await access.VerifyAsync(token, Context.RequestAborted);
        return caller is null
            ? AuthenticateResult.Fail("The token is unknown or over.")
            : AuthenticateResult.Success(new AuthenticationTicket(
                caller.ToPrincipal(BearerOf(Request) is null ? CookieName : SchemeName), SchemeName));
    }

    /// <summary>What a call is known by, whether it is valid or not; null when it brings none.</summary>
    public static string? TokenOf(HttpContext context) => BearerOf(context.Request) ?? SessionCookie.Read(context);

    private static string? BearerOf(HttpRequest request)
    {
        const string Prefix = SchemeName + " ";
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? header[Prefix.Length..].Trim() : null;
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (ConsoleRoutes.Has(Request.Path))
            return SignInChallenge.AnswerAsync(Context);
        Response.Headers.WWWAuthenticate = SchemeName;
        return ProblemView.From(new RotaException("auth.required", "This needs a valid token.",
            "Send 'Authorization: Bearer TOKEN'; log in with POST /api/v1/login to get one.")).WriteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        ProblemView.From(new RotaException("auth.forbidden",
            $"{Context.User.Identity?.Name} may not do this: it needs the role {Policies.Name(NeededRole)}.",
            "Ask an administrator for a greater role.")).WriteAsync(Context);

    // The strictest of those that the route names holds.
    private Role NeededRole => Enum.GetValues<Role>()
        .Where(role => Context.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>()
            .Any(data => data.Policy == Policies.Name(role)) == true)
        .DefaultIfEmpty(Role.Viewer).Max();
}
