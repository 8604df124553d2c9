using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>What a server tells a receiver of OpenTelemetry.</summary>
public sealed class OtlpTests
{
    [Theory]
    [InlineData("http/protobuf", HttpProtocols.Http1, "application/x-protobuf", "/v1/metrics", "/v1/traces")]
    [InlineData(null, HttpProtocols.Http2, "application/grpc",
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export")]
    public async Task Metrics_and_spans_of_jobs_arrive_while_it_runs_and_at_its_end(
        string? protocol, HttpProtocols protocols, string contentType, string metrics, string traces)
    {
        await using var receiver = await OtlpReceiver.StartAsync(protocols);
        await using var rota = new RotaProcess(null, ("ROTA_SHELL__ISENABLED", "true"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Address), ("OTEL_METRIC_EXPORT_INTERVAL", "200"));
        if (protocol is not null)
            rota.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol;
        await rota.StartAsync();

        await rota.EndOfAsync(await rota.EnqueueAsync("shell.run", new { argv = new[] { "true" } }));
        await RotaProcess.WaitAsync(() => receiver.Calls.Any(call => call.Path == metrics
            && call.Has("rota.job.duration") && call.Has("rota.job.wait") && call.Has("rota.job.attempts")
            && call.Has("shell.run") && call.Has("service.name")), "the metrics of the job have arrived");
        Assert.Equal(0, await rota.StopAsync());

        // Spans are gathered for five seconds, and a stop sends what was gathered.
        var spans = receiver.Calls.Where(call => call.Path == traces).ToList();
        Assert.Contains(spans, call => call.Has("shell.run") && call.Has("rota.job.id"));
        Assert.Contains(spans, call => call.Has("GET /api/v1/jobs/{id}") && call.Has("http.route"));
        Assert.All(receiver.Calls, call => Assert.Equal(contentType, call.ContentType));
    }

    [Fact]
    public async Task A_receiver_that_is_not_there_hinders_nothing()
    {
        await using var rota = new RotaProcess(null, ("ROTA_SHELL__ISENABLED", "true"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{LoopbackPort.Free()}"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "200"));
        await rota.StartAsync();

        var job = await rota.EndOfAsync(await rota.EnqueueAsync("shell.run", new { argv = new[] { "true" } }));

        Assert.Equal("succeeded", job.GetProperty("state").GetString());
        Assert.Equal(0, await rota.StopAsync());
    }
}
