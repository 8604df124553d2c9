using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Supervisor.Client;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes;
using Rota.Web.Auth;
using Rota.Web.Supervisors;

namespace Rota.Web.Api;

/// <summary>What a supervised process writes: the end of a log, or as it comes.</summary>
internal static class ProcessLogEndpoints
{
    private const string EventType = "text/event-stream";
    private const int BytesDefault = 64 * 1024, BytesMax = 1024 * 1024;

    public static void MapProcessLogs(this IEndpointRouteBuilder api) =>
        api.MapGet("/supervisors/{supervisor}/processes/{process}/logs", LogsAsync).WithTags("Processes")
            .Needs(Role.Viewer).WithName("processes.logs").Produces<Page<ProcessLineView>>()
            .Produces(StatusCodes.Status200OK, contentType: EventType)
            .WithSummary("The end of a log; with Accept: text/event-stream or follow=true lines as they come");

    private static async Task<IResult> LogsAsync(
        [AsParameters] ProcessLogQuery query, SupervisorOperations operations, CancellationToken stop)
    {
        var (name, channel) = (ProcessName.Parse(query.Process), query.Channel);
        var process = (await operations.FindAsync(query.Supervisor, name, stop))[0];
        if (process.Info.LogOf(channel).Length == 0)
            throw new NotFoundException("log", $"{query.Supervisor}/{name} {Words.Of(channel)}",
                "The program keeps no such log.");
        var cursor = query.Position is { } position
            ? operations.LogFrom(query.Supervisor, name, channel, position)
            : await operations.LogEndAsync(query.Supervisor, name, channel, query.CheckedBytes, stop);
        if (query.IsFollowed)
            return new EventStream(token => FollowAsync(operations, query.Supervisor, name, cursor, token));
        var lines = await operations.AskAsync(query.Supervisor, name, _ => cursor.ReadToEndAsync(stop));
        return TypedResults.Ok(new Page<ProcessLineView>([.. lines.Select(line => new ProcessLineView(line))],
            cursor.Position.ToString(CultureInfo.InvariantCulture)));
    }

    // A supervisor that goes away ends the stream; the browser comes back with the place where it was.
    private static async Task<IReadOnlyList<ServerEvent>?> FollowAsync(SupervisorOperations operations,
        string supervisor, ProcessName name, LogCursor cursor, CancellationToken stop)
    {
        try
        {
            var lines = await operations.AskAsync(supervisor, name, _ => cursor.ReadAsync(stop));
            return [.. lines.Select(line => new ServerEvent(Name: null,
                cursor.Position.ToString(CultureInfo.InvariantCulture),
                EventStream.Json(new ProcessLineView(line))))];
        }
        catch (RotaException)
        {
            return null;
        }
    }

    /// <param name="Stream"><c>stdout</c> or <c>stderr</c>. Default: <c>stdout</c>.</param>
    /// <param name="After">The <c>next</c> of the answer before, or the id of an event.</param>
    /// <param name="Bytes">How much of the end. 1 to 1,048,576. Default: 65,536.</param>
    internal sealed record ProcessLogQuery(string Supervisor, string Process, string? Stream, string? After,
        int? Bytes, bool? Follow, [FromHeader(Name = "Accept")] string? Accept,
        [FromHeader(Name = "Last-Event-ID")] string? LastEventId)
    {
        public OutputChannel Channel => Words.ParseEnum<OutputChannel>("stream", Stream) ?? OutputChannel.Stdout;

        public bool IsFollowed => Follow ?? Accept?.Contains(EventType, StringComparison.OrdinalIgnoreCase) == true;

        public int CheckedBytes => (Bytes ?? BytesDefault) is >= 1 and <= BytesMax and var bytes ? bytes
            : throw new InvalidFieldException("bytes", $"bytes is {Bytes}.", $"Write 1 to {BytesMax:N0}.");

        /// <summary>A client that connects again knows better than its first address did.</summary>
        public long? Position => (LastEventId ?? After) is not { } text ? null
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position
            : throw new InvalidFieldException("after", $"'{text}' is no place in a log.",
                "Write a number, as next or the id of an event gave it.");
    }
}
