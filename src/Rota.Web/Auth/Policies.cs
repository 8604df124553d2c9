using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Rota.Access;

namespace Rota.Web.Auth;

/// <summary>The policies that routes name. What names none is refused to anonymous callers by the fallback.</summary>
internal static class Policies
{
    public static void Add(AuthorizationOptions options)
    {
        foreach (var role in Enum.GetValues<Role>())
            options.AddPolicy(Name(role), policy => policy.RequireRole(Name(role)));
        options.FallbackPolicy = options.GetPolicy(Name(Role.Viewer));
    }

    public static string Name(Role role) => role.ToString().ToLowerInvariant();

    /// <summary>Names the least role that a route, or every route of a group, needs. The strictest one holds.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder builder, Role role)
        where TBuilder : IEndpointConventionBuilder => builder.RequireAuthorization(Name(role));

    /// <summary>The caller with its role and all lesser ones.</summary>
    public static ClaimsPrincipal ToPrincipal(this Caller caller, string scheme)
    {
        var roles = Enum.GetValues<Role>().Where(role => role <= caller.Role)
            .Select(role => new Claim(ClaimTypes.Role, Name(role)));
        return new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, caller.Name), .. roles], scheme));
    }

    /// <summary>The greatest role of an authenticated caller.</summary>
    public static Role RoleOf(ClaimsPrincipal user) =>
        Enum.GetValues<Role>().Where(role => user.IsInRole(Name(role))).Max();
}
