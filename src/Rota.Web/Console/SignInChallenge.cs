using Microsoft.AspNetCore.Http;

namespace Rota.Web.Console;

/// <summary>What somebody gets who is not signed in and asks for a page.</summary>
internal static class SignInChallenge
{
    public static Task AnswerAsync(HttpContext http)
    {
        var (request, response) = (http.Request, http.Response);
        if (request.Headers.ContainsKey("HX-Request") || request.Headers.Accept == "text/event-stream")
        {
            response.StatusCode = StatusCodes.Status401Unauthorized;
            response.Headers["HX-Refresh"] = "true"; // the whole page is asked for, and leads to the sign-in
            return response.CompleteAsync();
        }
        // A link on another site does not bring the session's cookie; the same address asked for by our own page does.
        var isPage = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        if (isPage && request.Headers["Sec-Fetch-Site"] == "cross-site")
        {
            response.ContentType = "text/html; charset=utf-8";
            return response.WriteAsync(
                """<!doctype html><meta http-equiv="refresh" content="0"><title>Rota</title>""", http.RequestAborted);
        }
        var place = isPage ? $"?return={Uri.EscapeDataString(request.Path + request.QueryString.ToString())}" : "";
        response.StatusCode = isPage ? StatusCodes.Status302Found : StatusCodes.Status303SeeOther;
        response.Headers.Location = ConsoleRoutes.SignIn + place;
        return response.CompleteAsync();
    }
}
