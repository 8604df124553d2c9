using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Rota.Commands;

/// <summary>Sends traces and metrics where OTEL_EXPORTER_OTLP_ENDPOINT says; does nothing without it.</summary>
internal sealed class Telemetry : IDisposable
{
    private readonly TracerProvider? _traces;
    private readonly MeterProvider? _meters;

    public Telemetry(Terminal terminal, Settings settings)
    {
        if (terminal.Variable("OTEL_EXPORTER_OTLP_ENDPOINT") is null)
            return;
        var resource = ResourceBuilder.CreateDefault().AddService("rota", serviceVersion: Versions.Own,
            serviceInstanceId: settings.NodeName);
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource)
            .AddSource("Rota", "Microsoft.AspNetCore").AddOtlpExporter().Build();
        _meters = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource)
            .AddMeter("Rota", "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
            .AddOtlpExporter().Build();
    }

    public void Dispose()
    {
        _traces?.Dispose();
        _meters?.Dispose();
    }
}
