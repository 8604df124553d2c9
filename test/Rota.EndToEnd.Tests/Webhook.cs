using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Rota.EndToEnd.Tests;

/// <summary>A receiver of webhooks on a real web server; it can be told to answer badly, and keeps what it
/// accepted.</summary>
public sealed class Webhook : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _faults = new();

    private Webhook(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single() + "/hook";

    /// <summary>Idempotency keys of accepted posts, in order; a key stands twice when it was posted twice.</summary>
    public ConcurrentQueue<string> Accepted { get; } = new();

    public static async Task<Webhook> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var hook = new Webhook(app);
        app.MapPost("/hook", hook.AnswerAsync);
        await app.StartAsync();
        return hook;
    }

    /// <summary>The next posts are answered with these: a status, or <c>hang</c>.</summary>
    public void FailNext(params string[] faults)
    {
        foreach (var fault in faults)
            _faults.Enqueue(fault);
    }

    private async Task<IResult> AnswerAsync(HttpRequest request)
    {
        if (_faults.TryDequeue(out var fault))
        {
            if (fault == "hang")
            {
                var gone = new TaskCompletionSource();
                await using var registration = request.HttpContext.RequestAborted.Register(gone.SetResult);
                await gone.Task;
                return Results.Empty;
            }
            request.HttpContext.Response.Headers.RetryAfter = "1";
            return Results.StatusCode(int.Parse(fault));
        }
        Accepted.Enqueue(request.Headers["Idempotency-Key"].ToString());
        return Results.Ok();
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
