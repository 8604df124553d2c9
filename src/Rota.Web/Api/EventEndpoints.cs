using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Events;
using Rota.Storage;
using Rota.Web.Auth;

namespace Rota.Web.Api;

/// <summary>What happens in the installation: as a page, or as it comes.</summary>
internal static class EventEndpoints
{
    private const string EventType = "text/event-stream";

    public static void MapEvents(this IEndpointRouteBuilder api)
    {
        var events = api.MapGroup("/events").WithTags("Events").Needs(Role.Viewer);

        events.MapGet("", GetAsync).WithName("events.list")
            .Produces<Page<EventView>>().Produces(StatusCodes.Status200OK, contentType: EventType)
            .WithSummary("Events, newest first; with Accept: text/event-stream or follow=true as they come");
    }

    private static async Task<IResult> GetAsync(
        [AsParameters] EventQuery query, EventOperations events, CancellationToken stop)
    {
        var filter = query.ToFilter();
        if (query.IsFollowed)
            return new EventStream(Follow(await events.FollowAsync(query.Place, stop), filter));
        var page = await events.ListAsync(filter, query.Before, query.Limit ?? Paging.DefaultLimit, stop);
        return TypedResults.Ok(new Page<EventView>([.. page.Select(EventView.From)],
            page.Count == (query.Limit ?? Paging.DefaultLimit) ? $"{page[^1].Id}" : null));
    }

    private static Func<CancellationToken, Task<IReadOnlyList<ServerEvent>?>> Follow(
        EventFollower follower, EventFilter filter) => async stop =>
        [.. (await follower.ReadAsync(stop)).Where(filter.Fits)
            .Select(one => new ServerEvent(EventNames.Name(one.Type), $"{one.Id}", EventJson.Write(one)))];

    /// <param name="Type">One or several, with commas between.</param>
    /// <param name="After">Id of the last event that is known.</param>
    internal sealed record EventQuery(string? Type, string? Source, long? Before, int? Limit, long? After, bool? Follow,
        [FromHeader(Name = "Accept")] string? Accept, [FromHeader(Name = "Last-Event-ID")] string? LastEventId)
    {
        public bool IsFollowed => Follow ?? Accept?.Contains(EventType, StringComparison.OrdinalIgnoreCase) == true;

        /// <summary>A client that connects again knows better than its first address did.</summary>
        public long? Place => LastEventId is null ? After
            : long.TryParse(LastEventId, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
            : throw new InvalidFieldException("Last-Event-ID", $"'{LastEventId}' is no event.",
                "Send the id that the last event gave.");

        public EventFilter ToFilter() => new(
            Type?.Split(',').Select(name => EventNames.Parse("type", name.Trim())).ToList(), Source);
    }
}
