using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Rota.Web.Api;
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
