using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Rota.EndToEnd.Tests;

/// <summary>What was sent to a receiver of OpenTelemetry's protocol.</summary>
public sealed record OtlpCall(string Path, string? ContentType, byte[] Body)
{
    /// <summary>Texts stand in the protocol's messages as they are.</summary>
    public bool Has(string text) => Body.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0;
}

/// <summary>A receiver of OpenTelemetry's protocol on a loopback port, that keeps what comes.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<OtlpCall> _calls = new();

    private OtlpReceiver(HttpProtocols protocols)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, address => address.Protocols = protocols));
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    public string Address => _app.Urls.First();

    public IReadOnlyCollection<OtlpCall> Calls => [.. _calls];

    public static async Task<OtlpReceiver> StartAsync(HttpProtocols protocols)
    {
        var receiver = new OtlpReceiver(protocols);
        await receiver._app.StartAsync();
        return receiver;
    }

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        _calls.Enqueue(new OtlpCall(http.Request.Path, http.Request.ContentType, body.ToArray()));
        http.Response.ContentType = http.Request.ContentType;
        if (!HttpProtocol.IsHttp2(http.Request.Protocol))
            return;
        await http.Response.Body.WriteAsync(new byte[5]); // gRPC: one message, not compressed, of no bytes
        http.Response.AppendTrailer("grpc-status", "0");
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
