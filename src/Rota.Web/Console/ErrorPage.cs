using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using Rota.Web.Api;
using Rota.Web.Console.Layout;

namespace Rota.Web.Console;

/// <summary>An error as a page.</summary>
internal static class ErrorPage
{
    /// <remarks>In a scope of its own: that of the request may have begun a page already.</remarks>
    public static async Task WriteAsync(HttpContext http, ProblemView problem)
    {
        var services = http.RequestServices;
        await using var scope = services.CreateAsyncScope();
        http.RequestServices = scope.ServiceProvider;
        try
        {
            var parameters = new { problem.Status, problem.Detail, problem.Hint, problem.Reference };
            var page = new RazorComponentResult<ErrorDocument>(parameters) { StatusCode = problem.Status };
            await page.ExecuteAsync(http);
        }
        finally
        {
            http.RequestServices = services;
        }
    }
}
