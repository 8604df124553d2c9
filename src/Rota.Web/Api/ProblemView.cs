using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Rota.Web.Console;

namespace Rota.Web.Api;

/// <summary>An error as RFC 9457 writes it, with ours: a stable code, a hint, the field at fault, and for an unexpected
/// error the reference under which the log tells more.</summary>
internal sealed record ProblemView(string Type, string Title, int Status, string Detail, string Code,
    string? Hint = null, string? Field = null, string? Reference = null)
{
    public const string ContentType = "application/problem+json";

    public static ProblemView From(RotaException error) =>
        Of(StatusOf(error), error.Code, error.Message, error.Hint, (error as InvalidFieldException)?.Field);

    public static ProblemView Of(
        int status, string code, string detail, string? hint = null, string? field = null, string? reference = null) =>
        new($"urn:rota:{code}", ReasonPhrases.GetReasonPhrase(status), status, detail, code, hint, field, reference);

    /// <summary>By type, and where the type says nothing by the last word of the code.</summary>
    private static int StatusOf(RotaException error) => error switch
    {
        InvalidFieldException => StatusCodes.Status400BadRequest,
        NotFoundException => StatusCodes.Status404NotFound,
        ConflictException => StatusCodes.Status409Conflict,
        StorageException => StatusCodes.Status503ServiceUnavailable,
        _ => error.Code.Split('.')[^1] switch
        {
            "invalid" or "args" => StatusCodes.Status400BadRequest,
            "required" or "wrong" => StatusCodes.Status401Unauthorized,
            "forbidden" => StatusCodes.Status403Forbidden,
            "not_found" => StatusCodes.Status404NotFound,
            "locked" => StatusCodes.Status429TooManyRequests,
            "busy" or "away" => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status500InternalServerError,
        },
    };

    public Task WriteAsync(HttpContext http)
    {
        http.Response.StatusCode = Status;
        if (Status == StatusCodes.Status503ServiceUnavailable)
            http.Response.Headers.RetryAfter = "1";
        if (Status == StatusCodes.Status429TooManyRequests)
            http.Response.Headers.RetryAfter = "60";
        if (ConsoleRoutes.Has(http.Request.Path))
            return ErrorPage.WriteAsync(http, this);
        return http.Response.WriteAsJsonAsync(this, ApiJsonOptions.Value, ContentType, http.RequestAborted);
    }
}

internal static class ProblemRoutes
{
    /// <summary>Says in the API's description what every route may answer.</summary>
    public static RouteGroupBuilder ProducesProblems(this RouteGroupBuilder routes)
    {
        foreach (var status in (int[])[400, 401, 403, 404, 409, 503])
        {
            routes.WithMetadata(
                new ProducesResponseTypeMetadata(status, typeof(ProblemView), [ProblemView.ContentType]));
        }
        return routes;
    }
}
