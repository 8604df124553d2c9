using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;
using Rota.Web.Api;
using Rota.Web.Auth;
using Rota.Web.Console.Forms;
using Rota.Web.Console.Pages;
using Rota.Web.Console.Parts;

namespace Rota.Web.Console.Actions;

/// <summary>What the pages do with schedules.</summary>
internal static class ScheduleActions
{
    private const string Schedules = "/console/schedules";

    /// <remarks>What is of no schedule stands behind a <c>-</c>, so that a schedule or a kind may have any name.
    /// </remarks>
    public static void MapScheduleActions(this IEndpointRouteBuilder actions)
    {
        actions.MapAction("/schedules/-/new", Role.Operator, "schedules.put", MakeAsync).WithFormOn<ScheduleNew>();
        actions.MapAction("/schedules/{name}/edit", Role.Operator, "schedules.put", ChangeAsync)
            .WithFormOn<ScheduleEdit>();
        actions.MapAction("/schedules/{name}/run", Role.Operator, "schedules.run", RunAsync);
        actions.MapAction("/schedules/{name}/pause", Role.Operator, "schedules.pause", PauseAsync);
        actions.MapAction("/schedules/{name}/resume", Role.Operator, "schedules.resume", ResumeAsync);
        actions.MapAction("/schedules/{name}/backfill", Role.Operator, "schedules.backfill", BackfillAsync);
        actions.MapAction("/schedules/{name}/restore", Role.Operator, "schedules.restore", RestoreAsync);
        actions.MapAction("/schedules/{name}/remove", Role.Operator, "schedules.remove", RemoveAsync);
    }

    /// <summary>Parts of the form that are fetched while one writes.</summary>
    public static void MapScheduleParts(this IEndpointRouteBuilder console)
    {
        console.MapGet("/schedules/-/explain", (HttpContext http) => new RazorComponentResult<TriggerExplained>(
            new { Field = FormText.Of(http.Request.Query) })).Needs(Role.Viewer);
        console.MapGet("/kinds/-/fields", (string? kind) => new RazorComponentResult<ArgsFields>(
            new { Kind = kind })).Needs(Role.Viewer);
    }

    public static string Address(string name) => $"{Schedules}/{Uri.EscapeDataString(name)}";

    private static async Task<Done> MakeAsync(HttpContext http, [FromForm(Name = "name")] string? name,
        ScheduleOperations schedules, HandlerRegistry handlers, TimeProvider clock, CancellationToken stop)
    {
        var form = Form(http);
        var definition = ScheduleForm.Read(form, old: null, handlers).ToDefinition(name ?? "", clock.GetUtcNow());
        var secrets = ScheduleForm.SecretChanges(form, stored: []);
        var (schedule, _) = await schedules.PutAsync(definition with
        {
            Secrets = secrets.Count > 0 ? secrets.ToDictionary(one => one.Key, one => one.Value!) : null,
        }, http.User.ActorName(), stop);
        return new Done($"The schedule {schedule.Name} is made.", Address(schedule.Name), Target: schedule.Name);
    }

    private static async Task<Done> ChangeAsync(string name, HttpContext http, ScheduleOperations schedules,
        HandlerRegistry handlers, TimeProvider clock, CancellationToken stop)
    {
        var form = Form(http);
        var old = await schedules.GetAsync(name, stop);
        var definition = ScheduleForm.Read(form, old, handlers).ToDefinition(name, clock.GetUtcNow());
        var changes = ScheduleForm.SecretChanges(form, await schedules.SecretNamesAsync(name, stop));
        if (changes.Count > 0)
            definition = definition with { Secrets = await schedules.ChangedSecretsAsync(name, changes, stop) };
        var (_, outcome) = await schedules.PutAsync(definition, http.User.ActorName(), stop);
        return new Done(outcome == PutOutcome.Unchanged ? $"Nothing of {name} was changed." : $"{name} is changed.",
            Address(name));
    }

    /// <remarks>Without script a button asks for the form anew, to see what was chosen; nothing is done then.</remarks>
    private static Func<string, string?> Form(HttpContext http)
    {
        var form = FormText.Of(http.Request.Form);
        return form("look") is null
            ? form
            : throw new InvalidFieldException("look", "The form is shown again with what it says now.", "");
    }

    private static async Task<Done> RunAsync(string name, ScheduleOperations schedules, CancellationToken stop)
    {
        var enqueued = await schedules.RunAsync(name, stop);
        return new Done(enqueued.IsNew ? $"{name} runs now, as job {enqueued.Id}."
            : $"{name} runs already, as job {enqueued.Id}: its unique key is held.", $"/console/jobs/{enqueued.Id}");
    }

    private static async Task<Done> PauseAsync(
        string name, ScheduleOperations schedules, ClaimsPrincipal user, CancellationToken stop)
    {
        await schedules.PauseAsync(name, user.ActorName(), stop);
        return new Done($"{name} is paused: it enqueues nothing.", Undo: $"{Address(name)}/resume");
    }

    private static async Task<Done> ResumeAsync(
        string name, ScheduleOperations schedules, ClaimsPrincipal user, CancellationToken stop)
    {
        await schedules.ResumeAsync(name, user.ActorName(), stop);
        return new Done($"{name} goes on from now.");
    }

    private static async Task<Done> BackfillAsync(string name, [FromForm] string? from, [FromForm] string? to,
        BackfillOperations backfills, TimeProvider clock, CancellationToken stop)
    {
        var request = BackfillRequestOf(from, to);
        var done = await backfills.RunAsync(
            name, request.FromInstant, request.ToInstant ?? clock.GetUtcNow(), isDryRun: false, stop);
        return new Done($"{done.Enqueued:N0} {(done.Enqueued == 1 ? "job was" : "jobs were")} enqueued.",
            Address(name));
    }

    public static BackfillRequest BackfillRequestOf(string? from, string? to) =>
        new(FormText.Utc(from) ?? "", string.IsNullOrEmpty(to) ? null : FormText.Utc(to));

    private static async Task<Done> RestoreAsync(
        string name, long version, ScheduleOperations schedules, ClaimsPrincipal user, CancellationToken stop)
    {
        await schedules.RestoreAsync(name, version, user.ActorName(), stop);
        return new Done($"{name} is as it was in version {version}.", Address(name));
    }

    private static async Task<Done> RemoveAsync(
        string name, ScheduleOperations schedules, ClaimsPrincipal user, CancellationToken stop)
    {
        await schedules.RemoveAsync(name, owner: null, takesOver: false, user.ActorName(), stop);
        var removed = await schedules.VersionsAsync(name, limit: 1, stop);
        return new Done($"{name} is removed.", Schedules, Undo: string.Create(
            CultureInfo.InvariantCulture, $"{Address(name)}/restore?version={removed[0].Version}"));
    }
}
