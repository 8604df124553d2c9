using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Storage;

namespace Rota.Workers;

/// <summary>Takes back, every few seconds, what processes held whose lease is over. Any node may do it, and all do.
/// </summary>
internal sealed class Rescuer(IJobStore store, AttemptServices services, ILogger<Rescuer> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (store.Lease is null)
            return;
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Pause * (0.5 + services.Random.NextDouble()), services.Clock, stoppingToken);
            await TryRescueAsync(stoppingToken);
        }
    }

    private async Task TryRescueAsync(CancellationToken stop)
    {
        try
        {
            var rule = new RescueRule(services.Options.CrashesMax);
            var count = await store.RescueAsync(rule, services.Clock.GetUtcNow(), stop);
            if (count > 0)
                log.Rescued(count);
        }
        catch (StorageException)
        {
            // Tried again; the worker says why.
        }
    }
}
