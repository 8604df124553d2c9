using Microsoft.Extensions.Hosting;
using Rota.Storage;

namespace Rota.Workers;

/// <summary>Stops attempts that are over their time or whose cancel was asked for, and abandons those that ignore it.
/// </summary>
/// <remarks>Time is the monotonic clock's, so that a jump of the wall clock ends nothing.</remarks>
internal sealed class Watchdog(Worker worker, IJobStore store, StoreSignals signals, AttemptServices services)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CancelPoll = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var askedTicks = 0L;
        while (!stoppingToken.IsCancellationRequested)
        {
            var isAsked = await signals.CancelRequested.WaitAsync(Pause, services.Clock, stoppingToken);
            if (worker.RunningCount == 0)
                continue;
            if (isAsked || services.Clock.GetElapsedTime(askedTicks) > CancelPoll)
            {
                await TryCancelAsync(stoppingToken);
                askedTicks = services.Clock.GetTimestamp();
            }
            StopLate();
        }
    }

    private async Task TryCancelAsync(CancellationToken stop)
    {
        try
        {
            await CancelAsync(stop);
        }
        catch (StorageException)
        {
            // Asked again at the next look; a read that failed must not end the watch over time-outs, nor the host.
        }
    }

    private async Task CancelAsync(CancellationToken stop)
    {
        var asked = await store.CancelRequestsAsync(services.Options.Node, stop);
        if (asked.Count == 0)
            return;
        foreach (var slot in worker.Slots)
        {
            if (slot.Current is { } attempt && asked.TryGetValue(attempt.Id, out var reason))
                attempt.Stop(StopReason.Canceled, reason);
        }
    }

    private void StopLate()
    {
        var now = services.Clock.GetTimestamp();
        foreach (var slot in worker.Slots)
        {
            if (slot.Current is not { } attempt)
                continue;
            if (services.Clock.GetElapsedTime(attempt.StartedTicks, now) > attempt.Settings.Timeout)
                attempt.Stop(StopReason.Timeout);
            if (attempt.StoppedTicks != 0
                && services.Clock.GetElapsedTime(attempt.StoppedTicks, now) > services.Options.Grace)
            {
                worker.Abandon(slot, attempt);
            }
        }
    }
}
