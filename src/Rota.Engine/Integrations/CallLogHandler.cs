using Microsoft.Extensions.Logging;
using Rota.Workers;

namespace Rota.Integrations;

/// <summary>Writes one line for each call: into the attempt's log, where its secrets are masked, or, outside of any
/// attempt, into the server's.</summary>
internal sealed class CallLogHandler(string client, TimeProvider clock, ILogger log) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        // Redirects and retries work on copies, so this is the address that was asked for.
        var (method, url) = (request.Method.Method, UrlMask.Of(request));
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            var level = response.IsSuccessStatusCode ? LogLevel.Information : LogLevel.Warning;
            Target.Called(level, client, method, url, (int)response.StatusCode, ElapsedMs(started), TriesOf(request));
            return response;
        }
        catch (Exception error)
        {
            Target.CallFailed(client, method, url, error.Message, ElapsedMs(started), TriesOf(request));
            throw;
        }
    }

    private ILogger Target => AttemptLog.Current is { } attempt ? attempt : log;

    private long ElapsedMs(long started) => (long)clock.GetElapsedTime(started).TotalMilliseconds;

    private static int TriesOf(HttpRequestMessage request) =>
        request.Options.TryGetValue(RetryHandler.Tries, out var tries) ? tries : 0;
}
