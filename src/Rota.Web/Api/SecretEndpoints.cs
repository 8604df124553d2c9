using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Secrets;
using Rota.Storage;
using Rota.Web.Auth;

namespace Rota.Web.Api;

/// <summary>Secrets go in and are never shown again: no route reads a value.</summary>
internal static class SecretEndpoints
{
    public static void MapSecrets(this IEndpointRouteBuilder api)
    {
        var secrets = api.MapGroup("/secrets").WithTags("Secrets").Needs(Role.Admin);

        secrets.MapGet("", ListAsync).WithName("secrets.list").WithSummary("Names and dates of secrets");
        secrets.MapPut("/{name}", SetAsync).Audited("secrets.set", hasDetail: false).WithSummary("Store a secret");
        secrets.MapDelete("/{name}", RemoveAsync).Audited("secrets.remove").WithSummary("Remove a secret");
        secrets.MapPost("/rotate", RotateAsync).Audited("secrets.rotate")
            .WithSummary("Encrypt every secret with the newest key, which add_key makes first");
    }

    private static async Task<Ok<Page<SecretView>>> ListAsync(SecretOperations secrets, CancellationToken stop) =>
        TypedResults.Ok(new Page<SecretView>([.. (await secrets.ListAsync(stop)).Select(SecretView.From)]));

    private static async Task<NoContent> SetAsync(
        string name, SecretRequest body, SecretOperations secrets, CancellationToken stop)
    {
        await secrets.SetAsync(name, body.Value, stop);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> RemoveAsync(string name, SecretOperations secrets, CancellationToken stop)
    {
        await secrets.RemoveAsync(name, stop);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<RotationView>> RotateAsync(
        RotateRequest? body, SecretOperations secrets, CancellationToken stop)
    {
        if (body?.AddKey == true)
            secrets.AddKey();
        return TypedResults.Ok(RotationView.From(await secrets.RotateAsync(progress: null, stop)));
    }
}

internal sealed record SecretRequest(string Value);

internal sealed record RotateRequest(bool AddKey = false);

internal sealed record SecretView(string Name, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    public static SecretView From(SecretInfo secret) => new(secret.Name, secret.CreatedAt, secret.UpdatedAt);
}

internal sealed record RotationView(int Total, int Done, IReadOnlyList<string> Unreadable)
{
    public static RotationView From(Rotation rotation) => new(rotation.Total, rotation.Done, rotation.Unreadable);
}
