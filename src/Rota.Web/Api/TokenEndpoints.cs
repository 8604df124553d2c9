using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Storage;
using Rota.Web.Auth;

namespace Rota.Web.Api;

internal static class TokenEndpoints
{
    public static void MapTokens(this IEndpointRouteBuilder api)
    {
        var tokens = api.MapGroup("/tokens").WithTags("Tokens").Needs(Role.Admin);

        tokens.MapGet("", ListAsync).WithName("tokens.list").WithSummary("Tokens of programs, without the tokens");
        tokens.MapPost("", CreateAsync).Audited("tokens.create").WithSummary("Make a token; it is shown this once");
        tokens.MapDelete("/{name}", RemoveAsync).Audited("tokens.remove").WithSummary("Remove a token");
    }

    private static async Task<Ok<Page<TokenView>>> ListAsync(AccessOperations access, CancellationToken stop) =>
        TypedResults.Ok(new Page<TokenView>([.. (await access.ListTokensAsync(stop)).Select(TokenView.From)]));

    private static async Task<Created<NewTokenView>> CreateAsync(
        TokenRequest body, AccessOperations access, CancellationToken stop) =>
        TypedResults.Created((string?)null, new NewTokenView(await access.CreateTokenAsync(
            body.Name, body.Role, Words.ParseDuration("expires_in", body.ExpiresIn), stop)));

    private static async Task<NoContent> RemoveAsync(string name, AccessOperations access, CancellationToken stop)
    {
        await access.RemoveTokenAsync(name, stop);
        return TypedResults.NoContent();
    }
}

internal sealed record TokenRequest(string Name, Role Role, string? ExpiresIn = null) : IAuditTarget
{
    string IAuditTarget.AuditTarget => Name;
}

internal sealed record NewTokenView(string Token);

internal sealed record TokenView(
    string Name, Role Role, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? UsedAt)
{
    public static TokenView From(Token token) =>
        new(token.Name, token.Role, token.CreatedAt, token.ExpiresAt, token.UsedAt);
}
