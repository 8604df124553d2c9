using System.Net;

namespace Rota.Integrations;

/// <summary>Follows redirects, but takes nothing to another host that may hold a secret: no such header, and no body.
/// </summary>
/// <remarks>Beneath the retries: each try brings a request of its own, which changes here. As everywhere, a POST that
/// is sent elsewhere becomes a GET unless the status says otherwise, and no redirect leads from https to http.
/// </remarks>
internal sealed class RedirectHandler : DelegatingHandler
{
    private const int RedirectsMax = 10;

    private static readonly string[] HarmlessHeaders = ["Accept", "Accept-Encoding", "Accept-Language", "User-Agent"];

    /// <summary>Set in a request: the redirect itself is the answer.</summary>
    public static readonly HttpRequestOptionsKey<bool> IsOff = new("Rota.NoRedirects");

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (request.Options.TryGetValue(IsOff, out var isOff) && isOff)
            return response;
        for (var redirects = 0; redirects < RedirectsMax; redirects++)
        {
            if (TargetOf(response, request.RequestUri!) is not { } target) // a request that is sent has one
                return response;
            if (KeepsMethod(request, response.StatusCode) && request.Content is not null
                && !IsSameHost(request.RequestUri!, target))
                return response; // the redirect itself is the answer
            Turn(request, target, response.StatusCode);
            response.Dispose();
            response = await base.SendAsync(request, cancellationToken);
        }
        return response;
    }

    private static Uri? TargetOf(HttpResponseMessage response, Uri from)
    {
        if (response.StatusCode is not (HttpStatusCode.MultipleChoices or HttpStatusCode.Moved or HttpStatusCode.Found
                or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)
            || response.Headers.Location is not { } location)
            return null;
        var target = location.IsAbsoluteUri ? location : new Uri(from, location);
        return target.Scheme == from.Scheme || target.Scheme == Uri.UriSchemeHttps ? target : null;
    }

    private static void Turn(HttpRequestMessage request, Uri target, HttpStatusCode status)
    {
        if (!KeepsMethod(request, status))
            (request.Method, request.Content) = (HttpMethod.Get, null);
        request.Headers.Authorization = null;
        if (!IsSameHost(request.RequestUri!, target)) // as above
        {
            foreach (var name in request.Headers.NonValidated.Select(header => header.Key).ToList())
            {
                if (!HarmlessHeaders.Contains(name, StringComparer.OrdinalIgnoreCase))
                    request.Headers.Remove(name);
            }
        }
        request.RequestUri = target;
    }

    private static bool KeepsMethod(HttpRequestMessage request, HttpStatusCode status) =>
        status is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
        || (request.Method != HttpMethod.Post
            && (status != HttpStatusCode.SeeOther || request.Method == HttpMethod.Head));

    // From http to https on their own ports it stays the same.
    private static bool IsSameHost(Uri from, Uri target) =>
        string.Equals(from.IdnHost, target.IdnHost, StringComparison.OrdinalIgnoreCase)
        && (from.Port == target.Port || (from.IsDefaultPort && target.IsDefaultPort));
}
