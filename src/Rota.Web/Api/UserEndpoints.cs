using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Storage;
using Rota.Web.Auth;

namespace Rota.Web.Api;

internal static class UserEndpoints
{
    public static void MapUsers(this IEndpointRouteBuilder api)
    {
        var users = api.MapGroup("/users").WithTags("Users").Needs(Role.Admin);

        users.MapGet("", ListAsync).WithName("users.list").WithSummary("Users, without their passwords");
        users.MapPut("/{name}", PutAsync).Audited("users.put")
            .WithSummary("Make a user, or give one another role or password");
        users.MapDelete("/{name}", RemoveAsync).Audited("users.remove")
            .WithSummary("Remove a user; the user's sessions end");
    }

    private static async Task<Ok<Page<UserView>>> ListAsync(AccessOperations access, CancellationToken stop) =>
        TypedResults.Ok(new Page<UserView>([.. (await access.ListUsersAsync(stop)).Select(UserView.From)]));

    private static async Task<Results<Created<UserView>, Ok<UserView>>> PutAsync(
        string name, UserRequest body, AccessOperations access, CancellationToken stop)
    {
        var (user, isNew) = await access.PutUserAsync(name, body.Role, body.Password, stop);
        var view = UserView.From(user);
        return isNew ? TypedResults.Created((string?)null, view) : TypedResults.Ok(view);
    }

    private static async Task<NoContent> RemoveAsync(string name, AccessOperations access, CancellationToken stop)
    {
        await access.RemoveUserAsync(name, stop);
        return TypedResults.NoContent();
    }
}

/// <param name="Password">Left out, it stays as it is; a new user needs one.</param>
internal sealed record UserRequest(Role Role, string? Password = null);

internal sealed record UserView(string Name, Role Role, DateTimeOffset CreatedAt)
{
    public static UserView From(User user) => new(user.Name, user.Role, user.CreatedAt);
}
