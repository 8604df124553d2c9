using Microsoft.Extensions.Hosting;
using Rota.Storage;

namespace Rota.Workers;

/// <summary>Stops attempts that are over their time, whose cancel was asked for or whose lease is lost, and abandons
/// those that ignore it.</summary>
/// <remarks>Time is the monotonic clock's, so that a jump of the wall clock ends nothing.</remarks>
internal sealed class Watchdog(Worker worker, IJobStore store, StoreSignals signals, AttemptServices services)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CancelPoll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LeaseMargin = TimeSpan.FromSeconds(4);

    private long _heardTicks;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var askedTicks = 0L;
        while (!stoppingToken.IsCancellationRequested)
        {
            var isAsked = await signals.CancelRequested.WaitAsync(Pause, services.Clock, stoppingToken);
            if (worker.RunningCount == 0)
            {
                _heardTicks = services.Clock.GetTimestamp();
                continue;
            }
            if (isAsked || services.Clock.GetElapsedTime(askedTicks) > CancelPoll)
            {
                await TryStopAskedAsync(stoppingToken);
                askedTicks = services.Clock.GetTimestamp();
            }
            StopLate();
        }
    }

    private async Task TryStopAskedAsync(CancellationToken stop)
    {
        try
        {
            await StopAskedAsync(stop);
            _heardTicks = services.Clock.GetTimestamp();
        }
        catch (StorageException)
        {
            // Asked again at the next look; a read that failed must not end the watch over time-outs, nor the host.
            if (store.Lease - services.Clock.GetElapsedTime(_heardTicks) < LeaseMargin)
                StopAll();
        }
    }

    private async Task StopAskedAsync(CancellationToken stop)
    {
        var attempts = Attempts();
        var asked = await store.StopRequestsAsync([.. attempts.Select(attempt => attempt.Job)], stop);
        foreach (var attempt in attempts)
        {
            if (!asked.TryGetValue(attempt.Token, out var reason))
                continue;
            if (reason is null)
                attempt.Stop(StopReason.LeaseLost);
            else
                attempt.Stop(StopReason.Canceled, reason);
        }
        if (asked.Values.Any(reason => reason is null))
            await worker.GiveUpLostAsync(stop);
    }

    /// <summary>The lease ends soon, and the store is out of reach: others are about to take these jobs.</summary>
    private void StopAll()
    {
        foreach (var attempt in Attempts())
            attempt.Stop(StopReason.LeaseLost);
    }

    private List<RunningAttempt> Attempts() =>
        [.. worker.Slots.Select(slot => slot.Current).OfType<RunningAttempt>()];

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
