using Microsoft.Extensions.Hosting;
using Rota.Storage;

namespace Rota.Workers;

/// <summary>Stops attempts that are over their time, whose cancel was asked for or whose lease is lost, and abandons
/// those that ignore it.</summary>
/// <remarks>Time is the monotonic clock's, so that a jump of the wall clock ends nothing. The store is asked beside the
/// watch: one that hangs must keep neither a time-out nor the end of the lease from being seen.</remarks>
internal sealed class Watchdog(Worker worker, IJobStore store, StoreSignals signals, AttemptServices services)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CancelPoll = TimeSpan.FromMilliseconds(500);

    private long _heardTicks;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (asking, endedTicks, isAsked) = (Task.CompletedTask, 0L, false);
        while (!stoppingToken.IsCancellationRequested)
        {
            isAsked |= await signals.CancelRequested.WaitAsync(Pause, services.Clock, stoppingToken);
            if (worker.RunningCount == 0)
            {
                Volatile.Write(ref _heardTicks, services.Clock.GetTimestamp());
                continue;
            }
            if (asking.IsCompleted && (isAsked || services.Clock.GetElapsedTime(endedTicks) > CancelPoll))
            {
                await asking; // a bug in it is the host's affair
                (asking, endedTicks, isAsked) =
                    (TryStopAskedAsync(stoppingToken), services.Clock.GetTimestamp(), false);
            }
            if (!asking.IsCompleted)
                endedTicks = services.Clock.GetTimestamp();
            StopUnheard();
            StopLate();
        }
    }

    private async Task TryStopAskedAsync(CancellationToken stop)
    {
        try
        {
            var asked = services.Clock.GetTimestamp();
            await StopAskedAsync(stop);
            Volatile.Write(ref _heardTicks, asked);
        }
        catch (StorageException)
        {
            // Asked again at the next look; a read that failed must not end the watch over time-outs, nor the host.
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

    /// <summary>When the store was out of reach for so long that the lease may soon be over: others are about to take
    /// these jobs.</summary>
    private void StopUnheard()
    {
        var unheard = services.Clock.GetElapsedTime(Volatile.Read(ref _heardTicks));
        if (store.Lease is not { } lease || unheard <= lease - Worker.LeaseMargin)
            return;
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
