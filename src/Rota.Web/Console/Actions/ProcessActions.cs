using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Supervisor.Client;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes;
using Rota.Web.Api;
using Rota.Web.Auth;
using Rota.Web.Supervisors;

namespace Rota.Web.Console.Actions;

/// <summary>What the pages do with supervised processes, and the files that they give.</summary>
internal static class ProcessActions
{
    public static void MapProcessActions(this IEndpointRouteBuilder actions)
    {
        const string process = "/processes/{supervisor}/{process}";
        actions.MapAction($"{process}/start", Role.Operator, "processes.start", StartAsync);
        actions.MapAction($"{process}/stop", Role.Operator, "processes.stop", StopAsync);
        actions.MapAction($"{process}/restart", Role.Operator, "processes.restart", RestartAsync);
        actions.MapAction($"{process}/signal", Role.Operator, "processes.signal", SignalAsync);
        actions.MapAction($"{process}/clear-logs", Role.Operator, "processes.clear_logs", ClearLogsAsync);
        actions.MapAction($"{process}/stdin", Role.Operator, "processes.stdin", StdinAsync);
        actions.MapAction("/processes/{supervisor}/-/update", Role.Admin, "supervisors.update", UpdateAsync);
        actions.MapAction("/processes/{supervisor}/-/end/restart", Role.Admin, "supervisors.restart", RestartAllAsync);
        actions.MapAction("/processes/{supervisor}/-/end/shutdown", Role.Admin, "supervisors.shutdown", ShutDownAsync);
    }

    public static void MapProcessFiles(this IEndpointRouteBuilder console) =>
        console.MapGet("/processes/{supervisor}/{process}/log", LogAsync).Needs(Role.Viewer);

    /// <summary>The page that shows what an update would change.</summary>
    public static string UpdateAddress(string supervisor) =>
        $"/console/processes/{Uri.EscapeDataString(supervisor)}/-/update";

    /// <summary>The page that says what ends with the supervisor.</summary>
    public static string EndAddress(string supervisor) =>
        $"/console/processes/{Uri.EscapeDataString(supervisor)}/-/end";

    private static async Task<Done> StartAsync(
        string supervisor, string process, SupervisorOperations operations, CancellationToken stop) =>
        Told($"{process} starts.", await operations.StartAsync(supervisor, ProcessName.Parse(process), stop));

    private static async Task<Done> StopAsync(
        string supervisor, string process, SupervisorOperations operations, CancellationToken stop)
    {
        var name = ProcessName.Parse(process);
        var done = Told($"{process} stops.", await operations.StopAsync(supervisor, name, stop));
        return done with { Undo = $"{ProcessAddress.Page(supervisor, name)}/start" };
    }

    private static async Task<Done> RestartAsync(
        string supervisor, string process, SupervisorOperations operations, CancellationToken stop) =>
        Told($"{process} starts anew.", await operations.RestartAsync(supervisor, ProcessName.Parse(process), stop));

    private static async Task<Done> SignalAsync(string supervisor, string process, [FromForm] string? signal,
        SupervisorOperations operations, CancellationToken stop) =>
        Told($"{process} got the signal {signal}.",
            await operations.SignalAsync(supervisor, ProcessName.Parse(process), signal ?? "", stop));

    private static async Task<Done> ClearLogsAsync(
        string supervisor, string process, SupervisorOperations operations, CancellationToken stop) =>
        Told($"The logs of {process} are empty.",
            await operations.ClearLogsAsync(supervisor, ProcessName.Parse(process), stop));

    /// <param name="line">Ticked: the text is a line.</param>
    private static async Task<Done> StdinAsync(string supervisor, string process, [FromForm] string? text,
        [FromForm] string? line, SupervisorOperations operations, CancellationToken stop)
    {
        await operations.SendInputAsync(supervisor, ProcessName.Parse(process),
            line is null ? text ?? "" : $"{text}\n", stop);
        return new Done($"{process} got what you wrote.");
    }

    /// <param name="rolling">Ticked: one process after the other.</param>
    private static async Task<Done> UpdateAsync(
        string supervisor, [FromForm] string? rolling, ConfigOperations configs, CancellationToken stop)
    {
        var done = await configs.UpdateAsync(supervisor, [], rolling is not null, stop);
        return new Done(done.Count == 0 ? "The file says what runs: nothing was changed."
            : string.Join(", ", done.Select(change => Told(change, rolling is not null))) + ".",
            $"/console/processes?supervisor={Uri.EscapeDataString(supervisor)}");
    }

    private static string Told(GroupChange change, bool isRolling) => (change.Move, change.WhyAtOnce) switch
    {
        (GroupMove.Restarts, { } why) => $"{change.Group} restarts all at once, since {why}",
        (GroupMove.Restarts, null) when isRolling => $"{change.Group} was updated one process after the other",
        _ => $"{change.Group} {Words.Of(change.Move)}",
    };

    private static async Task<Done> RestartAllAsync(
        string supervisor, SupervisorOperations operations, CancellationToken stop)
    {
        await operations.RestartAsync(supervisor, stop);
        return new Done($"{supervisor} stops its processes, and starts anew.");
    }

    private static async Task<Done> ShutDownAsync(
        string supervisor, SupervisorOperations operations, CancellationToken stop)
    {
        await operations.ShutDownAsync(supervisor, stop);
        return new Done($"{supervisor} stops its processes, and ends.");
    }

    private static Done Told(string text, IReadOnlyList<ProcessOutcome> outcomes)
    {
        var failed = outcomes.Where(outcome => outcome.Error is not null).ToList();
        return new Done(failed.Count == 0 ? text : text + " Not so: "
            + string.Join(", ", failed.Select(outcome => $"{outcome.Name} ({outcome.Error})")) + ".");
    }

    // Piece by piece to the end that the log has when it is asked for.
    private static async Task LogAsync(string supervisor, string process, string? stream, HttpContext http,
        SupervisorOperations operations, CancellationToken stop)
    {
        var name = ProcessName.Parse(process);
        var channel = Words.ParseEnum<OutputChannel>("stream", stream) ?? OutputChannel.Stdout;
        await operations.FindAsync(supervisor, name, stop);
        var cursor = operations.LogFrom(supervisor, name, channel, position: 0);
        var end = await operations.AskAsync(supervisor, name, client => client.LogSizeAsync(name, channel, stop));
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.Headers.ContentDisposition =
            $"attachment; filename=\"{NameRule.Fit($"{process}-{Words.Of(channel)}").Replace(':', '-')}.log\"";
        for (long before = -1; cursor.Position < end && cursor.Position > before;)
        {
            before = cursor.Position;
            var lines = await operations.AskAsync(supervisor, name, _ => cursor.ReadAsync(stop));
            await http.Response.WriteAsync(string.Concat(lines.Select(line => line + '\n')), Encoding.UTF8, stop);
        }
        await http.Response.WriteAsync(cursor.Unfinished, Encoding.UTF8, stop);
    }
}
