using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Jobs;
using Rota.Web.Auth;

namespace Rota.Web.Api;

internal static class KindEndpoints
{
    public static void MapKinds(this IEndpointRouteBuilder api) =>
        api.MapGet("/kinds", List).WithTags("Kinds").Needs(Role.Viewer).WithName("kinds.list")
            .WithSummary("What can be enqueued, and with which fields");

    private static Ok<Page<KindView>> List(HandlerRegistry handlers) =>
        TypedResults.Ok(new Page<KindView>([.. handlers.All.Select(KindView.From)]));
}

internal sealed record KindView(string Kind, IReadOnlyList<string> Aliases, string Source, string Queue,
    int MaxAttempts, IReadOnlyList<KindFieldView> Fields)
{
    public static KindView From(HandlerDescriptor handler) => new(handler.Kind, handler.Job.Aliases, handler.Source,
        handler.Job.Queue ?? JobOptions.DefaultQueue, handler.Job.MaxAttempts, KindFieldView.Of(handler.ArgsType));
}
