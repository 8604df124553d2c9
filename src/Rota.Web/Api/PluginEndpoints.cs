using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Plugins;
using Rota.Web.Auth;

namespace Rota.Web.Api;

internal static class PluginEndpoints
{
    public static void MapPlugins(this IEndpointRouteBuilder api) =>
        api.MapGet("/plugins", List).WithTags("Plugins").Needs(Role.Viewer).WithName("plugins.list")
            .WithSummary("Plug-ins, with what is wrong with them");

    // A host that embeds Rota may have no plug-ins.
    private static Ok<Page<PluginView>> List([FromServices] PluginManager? plugins) =>
        TypedResults.Ok(new Page<PluginView>([.. (plugins?.All ?? []).Select(PluginView.From)]));
}

internal sealed record PluginView(string Name, PluginState State, string? Version, IReadOnlyList<string> Kinds,
    IReadOnlyList<PluginErrorView> Errors, DateTimeOffset? LoadedAt)
{
    public static PluginView From(PluginInfo plugin) => new(plugin.Name, plugin.State, plugin.Version, plugin.Kinds,
        [.. plugin.Errors.Select(PluginErrorView.From)], plugin.LoadedAt);
}

/// <param name="Line">From 1 on; left out when the error is of no one line.</param>
internal sealed record PluginErrorView(string? File, int? Line, int? Column, string Message)
{
    public static PluginErrorView From(PluginError error) => error.Line > 0
        ? new(error.File, error.Line, error.Column, error.Message)
        : new(error.File, null, null, error.Message);
}
