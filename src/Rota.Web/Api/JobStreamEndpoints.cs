using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Jobs;
using Rota.Storage;
using Rota.Web.Auth;

namespace Rota.Web.Api;

/// <summary>What a job says while it runs: as a page, or as it comes.</summary>
internal static class JobStreamEndpoints
{
    private const string EventType = "text/event-stream";
    private const int LinesDefault = 1_000, LinesMax = 10_000;

    public static void MapJobStreams(this IEndpointRouteBuilder api)
    {
        var jobs = api.MapGroup("/jobs/{id}").WithTags("Jobs").Needs(Role.Viewer);

        jobs.MapGet("/logs", LogsAsync).WithName("jobs.logs")
            .Produces<Page<LogLineView>>().Produces(StatusCodes.Status200OK, contentType: EventType)
            .WithSummary("Log lines; with Accept: text/event-stream or follow=true as they come");
        jobs.MapGet("/events", EventsAsync).WithName("jobs.events")
            .Produces(StatusCodes.Status200OK, contentType: EventType)
            .WithSummary("The job each time its state or progress changed");
    }

    private static async Task<IResult> LogsAsync(
        [AsParameters] LogQuery query, JobOperations jobs, CancellationToken stop)
    {
        var job = await jobs.GetAsync(query.Id, stop);
        if (query.IsFollowed)
            return new EventStream(new JobFollower(jobs, job).Lines(query.Token, query.Position));
        var lines = await jobs.LogAsync(job.Id, query.Token, query.Position, query.CheckedLimit, stop);
        return TypedResults.Ok(new Page<LogLineView>([.. lines.Select(LogLineView.From)],
            lines.Count == query.CheckedLimit ? $"{lines[^1].Token}.{lines[^1].Number}" : null));
    }

    private static async Task<IResult> EventsAsync(string id, JobOperations jobs, CancellationToken stop) =>
        new EventStream(new JobFollower(jobs, await jobs.GetAsync(id, stop)).Changes());

    /// <param name="After">TOKEN.NUMBER of the last line that is known.</param>
    /// <param name="Token">Of one attempt only.</param>
    internal sealed record LogQuery(string Id, string? After, long? Token, int? Limit, bool? Follow,
        [FromHeader(Name = "Accept")] string? Accept, [FromHeader(Name = "Last-Event-ID")] string? LastEventId)
    {
        public bool IsFollowed => Follow ?? Accept?.Contains(EventType, StringComparison.OrdinalIgnoreCase) == true;

        public int CheckedLimit => (Limit ?? LinesDefault) is >= 1 and <= LinesMax and var limit
            ? limit
            : throw new InvalidFieldException("limit", $"limit is {Limit}.", $"Write 1 to {LinesMax:N0}.");

        /// <summary>A client that connects again knows better than its first address did.</summary>
        public LogPosition? Position => (LastEventId ?? After) is not { } text ? null
            : text.Split('.') is [var token, var number]
                && long.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var ofAttempt)
                && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var ofLine)
            ? new LogPosition(ofAttempt, ofLine)
            : throw new InvalidFieldException("after", $"'{text}' is no place in a log.",
                "Write TOKEN.NUMBER, as next or the id of an event gave it.");
    }
}
