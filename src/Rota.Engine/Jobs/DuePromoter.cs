using Microsoft.Extensions.Hosting;
using Rota.Storage;

namespace Rota.Jobs;

/// <summary>Makes scheduled and retrying jobs ready when they are due.</summary>
/// <remarks>Sleeps until the next due time or until a job begins to wait. The longest sleep is bounded, so that a jump
/// of the wall clock is noticed.</remarks>
internal sealed class DuePromoter(IJobStore store, StoreSignals signals, TimeProvider clock) : BackgroundService
{
    private const int BatchMax = 1_000;
    private static readonly TimeSpan SleepMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var sleep = await PromoteAsync(stoppingToken);
            await signals.Waiting.WaitAsync(sleep, clock, stoppingToken);
        }
    }

    /// <returns>How long there is nothing to do.</returns>
    private async Task<TimeSpan> PromoteAsync(CancellationToken stop)
    {
        try
        {
            var promoted = await store.PromoteAsync(clock.GetUtcNow(), BatchMax, stop);
            if (promoted.NextDue is not { } next)
                return SleepMax;
            var until = next - clock.GetUtcNow();
            return until <= TimeSpan.Zero ? TimeSpan.Zero : until < SleepMax ? until : SleepMax;
        }
        catch (StorageException)
        {
            return RetryPause; // the store has said why; the jobs wait where they are
        }
    }
}
