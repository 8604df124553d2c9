using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Doctor;
using Rota.Web.Auth;
using Rota.Web.Metrics;

namespace Rota.Web.Api;

/// <summary>What load balancers and monitors ask.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("").WithTags("Health");

        health.MapGet("/healthz", () => TypedResults.Text("ok\n")).AllowAnonymous().WithName("health.live")
            .WithSummary("The process lives");
        health.MapGet("/readyz", ReadyAsync).AllowAnonymous().WithName("health.ready")
            .WithSummary("The database takes writes");
        health.MapGet("/metrics", MetricsAsync).Needs(Role.Viewer).WithName("health.metrics")
            .WithSummary("Figures in Prometheus' text format");
    }

    private static async Task<ContentHttpResult> ReadyAsync(Readiness readiness, CancellationToken stop) =>
        await readiness.IsReadyAsync(stop)
            ? TypedResults.Text("ready\n")
            : TypedResults.Text("not ready\n", statusCode: StatusCodes.Status503ServiceUnavailable);

    private static async Task<ContentHttpResult> MetricsAsync(MetricsCollector metrics, CancellationToken stop) =>
        TypedResults.Text(await metrics.WriteAsync(stop), "text/plain; version=0.0.4; charset=utf-8");
}

/// <summary>Whether the database takes writes, asked at most once a second however many ask us.</summary>
internal sealed class Readiness(DoctorOperations doctor, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _asking = new(1);
    private long? _askedAt;
    private bool _isReady;

    public async Task<bool> IsReadyAsync(CancellationToken stop)
    {
        await _asking.WaitAsync(stop);
        try
        {
            if (_askedAt is { } at && clock.GetElapsedTime(at) < Fresh)
                return _isReady;
            _isReady = await AskAsync();
            _askedAt = clock.GetTimestamp();
            return _isReady;
        }
        finally
        {
            _asking.Release();
        }
    }

    private async Task<bool> AskAsync()
    {
        try
        {
            await doctor.CheckReadyAsync(CancellationToken.None);
            return true;
        }
        catch (StorageException)
        {
            return false;
        }
    }

    public void Dispose() => _asking.Dispose();
}
