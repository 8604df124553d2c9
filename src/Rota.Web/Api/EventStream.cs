using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Rota.Web.Api;

/// <summary>One server-sent event.</summary>
/// <param name="Name">Null for a message without a name.</param>
/// <param name="Id">Where a client that lost the connection goes on; null for none.</param>
/// <param name="Json">One line.</param>
internal sealed record ServerEvent(string? Name, string? Id, string Json);

/// <summary>Writes server-sent events as they come (WHATWG HTML, section 9.2), with a comment every 15 s so that
/// proxies keep the connection. Ends with the events, with the client, or with the server; a client that takes nothing
/// for 30 s is cut off, since what was read for it stays in memory.</summary>
/// <param name="read">Events since the last call; null ends the stream. Called every 200 ms.</param>
internal sealed class EventStream(Func<CancellationToken, Task<IReadOnlyList<ServerEvent>?>> read) : IResult
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200), Heartbeat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var services = httpContext.RequestServices;
        using var seat = services.GetRequiredService<Followers>().Enter();
        var stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, stopping);
        httpContext.Response.ContentType = "text/event-stream";
        httpContext.Response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await httpContext.Response.StartAsync(either.Token);
            await httpContext.Response.Body.FlushAsync(either.Token); // a client knows at once that it is connected
            await RunAsync(httpContext.Response, services.GetRequiredService<TimeProvider>(), either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // The client has gone, or the server stops: the client goes on elsewhere with Last-Event-ID.
        }
        catch (TimeoutException)
        {
            httpContext.Abort(); // it goes on with Last-Event-ID as well, if it is there at all
        }
    }

    private async Task RunAsync(HttpResponse response, TimeProvider clock, CancellationToken stop)
    {
        var written = clock.GetTimestamp();
        while (await read(stop) is { } events)
        {
            foreach (var one in events)
                await response.WriteAsync(Format(one), stop).WaitAsync(Patience, clock, stop);
            var isSilent = clock.GetElapsedTime(written) >= Heartbeat;
            if (isSilent)
                await response.WriteAsync(": still here\n\n", stop);
            if (isSilent || events.Count > 0)
            {
                await response.Body.FlushAsync(stop);
                written = clock.GetTimestamp();
            }
            await Task.Delay(events.Count > 0 ? TimeSpan.Zero : Pause, clock, stop);
        }
    }

    private static string Format(ServerEvent one) =>
        (one.Id is null ? "" : $"id: {one.Id}\n") + (one.Name is null ? "" : $"event: {one.Name}\n")
        + $"data: {one.Json}\n\n";

    public static string Json<T>(T value) =>
        JsonSerializer.Serialize(value, (JsonTypeInfo<T>)ApiJsonOptions.Value.GetTypeInfo(typeof(T)));
}
