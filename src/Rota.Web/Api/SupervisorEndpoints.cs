using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Supervisor.Processes;
using Rota.Web.Auth;
using Rota.Web.Supervisors;

namespace Rota.Web.Api;

/// <summary>Supervised processes; <c>{process}</c> is <c>NAME</c>, <c>GROUP:NAME</c>, or <c>GROUP:*</c> for all of a
/// group.</summary>
internal static class SupervisorEndpoints
{
    public static void MapSupervisors(this IEndpointRouteBuilder api)
    {
        var supervisors = api.MapGroup("/supervisors").WithTags("Processes").Needs(Role.Viewer);
        supervisors.MapGet("", ListAsync).WithName("supervisors.list").WithSummary("The supervisors of this node");
        supervisors.MapGet("/{supervisor}/diff", DiffAsync).Needs(Role.Admin).WithName("supervisors.diff")
            .WithSummary("Read the supervisor's file anew: what an update would change");
        supervisors.MapPost("/{supervisor}/update", UpdateAsync).Needs(Role.Admin).Audited("supervisors.update")
            .WithSummary("Stop groups that are gone from the file, restart what changed, start what is new");
        supervisors.MapPost("/{supervisor}/restart", RestartSupervisorAsync).Needs(Role.Admin)
            .Audited("supervisors.restart").WithSummary("Stop all processes and start the supervisor anew");
        supervisors.MapPost("/{supervisor}/shutdown", ShutDownAsync).Needs(Role.Admin).Audited("supervisors.shutdown")
            .WithSummary("Stop all processes and end the supervisor");

        var processes = supervisors.MapGroup("/{supervisor}/processes");
        processes.MapGet("", ProcessesAsync).WithName("processes.list").WithSummary("Processes, by group and name");
        processes.MapGet("/{process}", GetAsync).WithName("processes.get").WithSummary("One process");
        processes.MapGet("/{process}/config", ConfigAsync).WithName("processes.config")
            .WithSummary("How a process is configured");
        processes.MapPost("/{process}/start", StartAsync).Needs(Role.Operator).Audited("processes.start")
            .WithSummary("Start, without waiting until it runs");
        processes.MapPost("/{process}/stop", StopAsync).Needs(Role.Operator).Audited("processes.stop")
            .WithSummary("Stop, without waiting until it has stopped");
        processes.MapPost("/{process}/restart", RestartAsync).Needs(Role.Operator).Audited("processes.restart")
            .WithSummary("Stop, wait, and start");
        processes.MapPost("/{process}/signal", SignalAsync).Needs(Role.Operator).Audited("processes.signal")
            .WithSummary("Send a signal");
        processes.MapPost("/{process}/clear-logs", ClearLogsAsync).Needs(Role.Operator)
            .Audited("processes.clear_logs").WithSummary("Empty both logs");
        processes.MapPost("/{process}/stdin", StdinAsync).Needs(Role.Operator)
            .Audited("processes.stdin", hasDetail: false) // it may be a password
            .WithSummary("Write to the standard input of one process");
    }

    private static async Task<Ok<Page<SupervisorView>>> ListAsync(
        SupervisorOperations operations, CancellationToken stop) => TypedResults.Ok(
        new Page<SupervisorView>([.. (await operations.ListAsync(stop)).Select(SupervisorView.From)]));

    private static async Task<Ok<GroupChangesView>> DiffAsync(
        string supervisor, ConfigOperations configs, CancellationToken stop) =>
        TypedResults.Ok(GroupChangeView.Page(await configs.DiffAsync(supervisor, stop)));

    private static async Task<Ok<GroupChangesView>> UpdateAsync(
        string supervisor, UpdateRequest body, ConfigOperations configs, CancellationToken stop) =>
        TypedResults.Ok(GroupChangeView.Page(
            await configs.UpdateAsync(supervisor, body.Groups ?? [], body.Rolling, stop)));

    private static async Task<NoContent> RestartSupervisorAsync(
        string supervisor, SupervisorOperations operations, CancellationToken stop)
    {
        await operations.RestartAsync(supervisor, stop);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> ShutDownAsync(
        string supervisor, SupervisorOperations operations, CancellationToken stop)
    {
        await operations.ShutDownAsync(supervisor, stop);
        return TypedResults.NoContent();
    }

    /// <param name="state">Such as <c>FATAL</c>; left out: all.</param>
    private static async Task<Ok<Page<SupervisedProcessView>>> ProcessesAsync(
        string supervisor, SupervisorOperations operations, CancellationToken stop, string? state = null)
    {
        var status = await operations.GetAsync(supervisor, stop);
        var wanted = Words.ParseEnum<ProcessState>("state", state?.ToLowerInvariant());
        if (status.Away is not null)
            throw operations.AwayOf(supervisor);
        return TypedResults.Ok(new Page<SupervisedProcessView>([.. status.Processes
            .Where(process => wanted is null || process.State == wanted).Select(SupervisedProcessView.From)]));
    }

    private static async Task<Ok<SupervisedProcessView>> GetAsync(
        string supervisor, string process, SupervisorOperations operations, CancellationToken stop) =>
        TypedResults.Ok(SupervisedProcessView.From(
            (await operations.FindAsync(supervisor, ProcessName.Parse(process), stop))[0]));

    private static async Task<Ok<ProcessConfigView>> ConfigAsync(
        string supervisor, string process, ConfigOperations configs, CancellationToken stop) =>
        TypedResults.Ok(ProcessConfigView.From(
            await configs.FindAsync(supervisor, ProcessName.Parse(process), stop)
            ?? throw new NotFoundException("process", $"{supervisor}/{process}",
                "It is not in the supervisor's file.")));

    private static async Task<Ok<Page<ProcessOutcomeView>>> StartAsync(
        string supervisor, string process, SupervisorOperations operations, CancellationToken stop) =>
        TypedResults.Ok(ProcessOutcomeView.Page(
            await operations.StartAsync(supervisor, ProcessName.Parse(process), stop)));

    private static async Task<Ok<Page<ProcessOutcomeView>>> StopAsync(
        string supervisor, string process, SupervisorOperations operations, CancellationToken stop) =>
        TypedResults.Ok(ProcessOutcomeView.Page(
            await operations.StopAsync(supervisor, ProcessName.Parse(process), stop)));

    private static async Task<Ok<Page<ProcessOutcomeView>>> RestartAsync(
        string supervisor, string process, SupervisorOperations operations, CancellationToken stop) =>
        TypedResults.Ok(ProcessOutcomeView.Page(
            await operations.RestartAsync(supervisor, ProcessName.Parse(process), stop)));

    private static async Task<Ok<Page<ProcessOutcomeView>>> SignalAsync(string supervisor, string process,
        SignalRequest body, SupervisorOperations operations, CancellationToken stop) =>
        TypedResults.Ok(ProcessOutcomeView.Page(
            await operations.SignalAsync(supervisor, ProcessName.Parse(process), body.Signal, stop)));

    private static async Task<Ok<Page<ProcessOutcomeView>>> ClearLogsAsync(
        string supervisor, string process, SupervisorOperations operations, CancellationToken stop) =>
        TypedResults.Ok(ProcessOutcomeView.Page(
            await operations.ClearLogsAsync(supervisor, ProcessName.Parse(process), stop)));

    private static async Task<NoContent> StdinAsync(string supervisor, string process, StdinRequest body,
        SupervisorOperations operations, CancellationToken stop)
    {
        await operations.SendInputAsync(supervisor, ProcessName.Parse(process), body.Text, stop);
        return TypedResults.NoContent();
    }
}
