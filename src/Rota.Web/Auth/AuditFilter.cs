using System.Collections.Frozen;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rota.Access;
using Rota.Secrets;
using Rota.Web.Api;

namespace Rota.Web.Auth;

/// <summary>What a route is called in the audit.</summary>
/// <param name="Name">The operation, such as <c>jobs.cancel</c>.</param>
/// <param name="WaitsForRow">False: the answer does not wait for the audit's row; a crash at that moment can lose it.
/// </param>
/// <param name="HasDetail">False: what was sent is not kept, because it is secret or large.</param>
internal sealed record AuditedAction(string Name, bool WaitsForRow, bool HasDetail);

/// <summary>Something that names what a call is about, where its path does not.</summary>
internal interface IAuditTarget
{
    string AuditTarget { get; }
}

/// <summary>An answer that says itself what changed, where that is more than one thing.</summary>
internal interface IAuditChanges
{
    /// <summary>Null: what is found before and after says it.</summary>
    IReadOnlyList<FieldChangeView>? AuditChanges { get; }
}

/// <summary>Notes every call that changed something: who, what, to what, with what, and what it was before and after.
/// The one place that does.</summary>
internal sealed class AuditFilter(
    AuditOperations audit, IEnumerable<IAuditSubject> subjects, ILogger<AuditFilter> log) : IEndpointFilter
{
    private readonly FrozenDictionary<string, IAuditSubject> _subjects = subjects
        .SelectMany(subject => subject.Actions.Select(action => (Action: action, Subject: subject)))
        .ToFrozenDictionary(pair => pair.Action, pair => pair.Subject);

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (http.GetEndpoint()?.Metadata.GetMetadata<AuditedAction>() is not { } action)
            return await next(context);
        var body = context.Arguments.FirstOrDefault(IsBody);
        var subject = _subjects.GetValueOrDefault(action.Name);
        var asked = AskedFor(http.Request, body);
        var before = await StateAsync(subject, asked, http.RequestAborted);
        var result = await next(context);
        var made = NameOf(result as IAuditTarget ?? ValueOf(result) as IAuditTarget);
        // A retry makes another job.
        var after = await StateAsync(subject, made ?? asked, CancellationToken.None);
        var hasDetail = action.HasDetail && (http.Request.ContentLength ?? 0) <= AuditOperations.DetailCharactersMax;
        var target = InPath(http.Request) ?? made ?? asked ?? "";
        var changes = (result as IAuditChanges ?? ValueOf(result) as IAuditChanges)?.AuditChanges;
        var writing = audit.AddAsync(http.User.ActorName(), action.Name, target, hasDetail ? Detail(body) : null,
            Text(changes ?? FieldDiff.Of(before, after)),
            CancellationToken.None);
        if (action.WaitsForRow)
            await writing;
        else
            _ = LogFailureAsync(writing);
        return result;
    }

    private static bool IsBody(object? argument) =>
        argument?.GetType().Name.EndsWith("Request", StringComparison.Ordinal) == true;

    /// <summary>The name in the path, in the body, or in the form of a page.</summary>
    private static string? AskedFor(HttpRequest request, object? body) =>
        InPath(request) ?? NameOf(body as IAuditTarget)
        ?? (request.HasFormContentType ? request.Form["name"].ToString() : null);

    /// <summary>Such as <c>nightly</c>, or <c>main/web</c> where a path names two things.</summary>
    private static string? InPath(HttpRequest request) =>
        request.RouteValues.Count == 0 ? null : string.Join('/', request.RouteValues.Values);

    private static string? NameOf(IAuditTarget? target) =>
        target is { AuditTarget: { Length: > 0 } name } ? name : null;

    private static async Task<JsonElement?> StateAsync(IAuditSubject? subject, string? name, CancellationToken stop)
    {
        if (subject is null || string.IsNullOrEmpty(name))
            return null;
        try
        {
            return await subject.FindAsync(name, stop) is { } state ? JsonElement.Parse(state.ToJsonString()) : null;
        }
        catch (NotFoundException)
        {
            return null;
        }
    }

    /// <summary>Null where nothing changed; only the names of the fields where their values are too long.</summary>
    private static string? Text(IReadOnlyList<FieldChangeView> changes)
    {
        if (changes.Count == 0)
            return null;
        var text = FieldChangeView.ToJson(changes);
        return text.Length <= AuditOperations.DetailCharactersMax ? text
            : FieldChangeView.ToJson([.. changes.Select(change => new FieldChangeView(change.Field, null, null))]);
    }

    private static object? ValueOf(object? result) =>
        ((result is INestedHttpResult nested ? nested.Result : result) as IValueHttpResult)?.Value;

    private static string? Detail(object? body) => body is null
        ? null
        : JsonMask.Mask(JsonSerializer.SerializeToElement(body, ApiJsonOptions.Value.GetTypeInfo(body.GetType())));

    private async Task LogFailureAsync(Task writing)
    {
        try
        {
            await writing;
        }
        catch (StorageException error)
        {
            log.AuditLost(error);
        }
    }
}

internal static class AuditRoutes
{
    /// <summary>Who asks, as audit and histories call them.</summary>
    public static string ActorName(this ClaimsPrincipal user) => user.Identity?.Name ?? "anonymous";

    /// <summary>Marks a changing route. A test finds those that are not marked.</summary>
    public static RouteHandlerBuilder Audited(
        this RouteHandlerBuilder route, string action, bool waitsForRow = true, bool hasDetail = true) =>
        route.WithMetadata(new AuditedAction(action, waitsForRow, hasDetail)).WithName(action);
}
