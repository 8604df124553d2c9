using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Rota.Web.Console;

namespace Rota.Web.Api;

/// <summary>The one place where errors become answers.</summary>
internal sealed class ErrorHandler(ILogger<ErrorHandler> log) : IExceptionHandler
{
    private const int ClientClosedRequest = 499;

    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            httpContext.Response.StatusCode = ClientClosedRequest; // nobody reads it
            return true;
        }
        await ProblemOf(httpContext, exception).WriteAsync(httpContext);
        return true;
    }

    private ProblemView ProblemOf(HttpContext http, Exception exception)
    {
        switch (exception)
        {
            case BadHttpRequestException bad:
                return BadRequest.ToProblem(bad);
            case RotaException error:
                var problem = ProblemView.From(error);
                if (error is StorageException || problem.Status == StatusCodes.Status500InternalServerError)
                    log.Refused(error, http.Request.Method, http.Request.Path, error.Code);
                return problem;
            default:
                var reference = Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier;
                log.Failed(exception, http.Request.Method, http.Request.Path, reference);
                return ProblemView.Of(StatusCodes.Status500InternalServerError, "server.error",
                    "Something went wrong that should not.", $"Search the server's log for {reference}.",
                    reference: reference);
        }
    }

    /// <summary>For what ended without a body, such as a path that no route has.</summary>
    public static Task WriteStatusAsync(StatusCodeContext context)
    {
        var http = context.HttpContext;
        var problem = http.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => ProblemView.Of(404, "route.not_found",
                $"There is no {http.Request.Path}.", ConsoleRoutes.Has(http.Request.Path)
                    ? "Look at the address once more." : "The routes stand in /openapi/v1.json."),
            StatusCodes.Status405MethodNotAllowed => ProblemView.Of(405, "request.invalid",
                $"{http.Request.Path} takes no {http.Request.Method}.", "See the header Allow."),
            StatusCodes.Status413PayloadTooLarge => BadRequest.TooLarge, // whose exception the framework keeps
            var status => ProblemView.Of(status, "request.invalid", $"{ReasonPhrases.GetReasonPhrase(status)}."),
        };
        return problem.WriteAsync(http);
    }
}
