using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Rota.Web.Api;
using Rota.Web.Auth;
using Rota.Web.Console.Layout;

namespace Rota.Web.Console;

/// <summary>Says of an action that its form stands on this page, which is shown again when it is refused.</summary>
internal sealed record FormPage(Type Page)
{
    public static RotaException? ErrorOf(HttpContext http) => http.Items[typeof(FormPage)] as RotaException;

    public IResult Again(HttpContext http, RotaException error)
    {
        http.Items[typeof(FormPage)] = error;
        return new RazorComponentResult<FormDocument>(new { Page })
        {
            StatusCode = ProblemView.From(error).Status,
        };
    }
}

/// <summary>A page in answer to a form, for what must be shown only once.</summary>
/// <param name="target">What was done, for the audit.</param>
internal sealed class ShownOnce(Type page, string target) : IResult, IAuditTarget
{
    string IAuditTarget.AuditTarget => target;

    public Task ExecuteAsync(HttpContext httpContext) =>
        new RazorComponentResult<FormDocument>(new { Page = page }).ExecuteAsync(httpContext);
}
