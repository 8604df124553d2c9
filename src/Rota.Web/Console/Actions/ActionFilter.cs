using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Web.Api;
using Rota.Web.Auth;

namespace Rota.Web.Console.Actions;

/// <summary>What an action tells the person who sent its form.</summary>
/// <param name="Text">One sentence for a toast; null for none.</param>
/// <param name="Address">Where it leads; null: back to the page with the form.</param>
/// <param name="Undo">Address of the action that takes it back; null for none.</param>
/// <param name="Target">What the audit says it was about, where the path does not.</param>
/// <param name="Changes">What changed, where that is more than one thing; null: the audit finds it itself.</param>
internal sealed record Done(string? Text, string? Address = null, string? Undo = null, string Target = "",
    IReadOnlyList<FieldChangeView>? Changes = null) : IAuditTarget, IAuditChanges
{
    string IAuditTarget.AuditTarget => Target;

    IReadOnlyList<FieldChangeView>? IAuditChanges.AuditChanges => Changes;
}

/// <summary>Turns what a form led to into the next page: the one with the form, or the one that the action names, with
/// a toast. What was refused is told there, or on the form itself where it has fields.</summary>
internal sealed class ActionFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var back = LocalAddress.Check(form["return"]);
        try
        {
            var result = await next(context);
            if (result is not Done done)
                return result;
            if (done.Text is not null)
                new Toast(IsError: false, done.Text, Undo: done.Undo).Write(http);
            return new SeeOther(done.Address ?? back);
        }
        catch (RotaException error)
        {
            if (http.GetEndpoint()?.Metadata.GetMetadata<FormPage>() is { } page)
                return page.Again(http, error);
            Toast.Of(error).Write(http);
            return new SeeOther(back);
        }
    }
}

/// <summary>303: the browser asks for the page, and a reload of it sends nothing again.</summary>
internal sealed class SeeOther(string address) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
        httpContext.Response.Headers.Location = address;
        return Task.CompletedTask;
    }
}

internal static class ActionRoutes
{
    /// <summary>An action of the console: what a form sends is given to the same operation as the API's call.</summary>
    /// <param name="action">The name that the API's route has in the audit.</param>
    public static RouteHandlerBuilder MapAction(
        this IEndpointRouteBuilder actions, string path, Role role, string action, Delegate handler) =>
        actions.MapPost(path, handler).Needs(role)
            .WithMetadata(new AuditedAction(action, WaitsForRow: true, HasDetail: true));

    /// <summary>Names the page with the form: it is shown again, with the error, when the action refuses.</summary>
    public static RouteHandlerBuilder WithFormOn<TPage>(this RouteHandlerBuilder route)
        where TPage : ConsolePage => route.WithMetadata(new FormPage(typeof(TPage)));
}
