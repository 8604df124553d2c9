using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Storage;

namespace Rota.Jobs;

/// <summary>Deletes ended jobs whose retention is over, little by little.</summary>
internal sealed class Janitor(IJobStore store, RetentionRule rule, TimeProvider clock, ILogger<Janitor> log)
    : BackgroundService
{
    private const int LookAtMax = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retention = rule.ToRetention(LookAtMax);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var deleted = 0;
                for (var pruned = new Pruned(0, IsMore: true); pruned.IsMore; deleted += pruned.Deleted)
                    pruned = await store.PruneAsync(retention, clock.GetUtcNow(), stoppingToken);
                if (deleted > 0)
                    log.Pruned(deleted);
            }
            catch (StorageException error)
            {
                log.PruneFailed(error.Why());
            }
            await Task.Delay(Pause, clock, stoppingToken);
        }
    }
}
