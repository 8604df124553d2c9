using Microsoft.Extensions.Logging.Abstractions;
using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;

namespace Rota;

/// <summary>What a process does at one moment with a schedule, and may be killed in. The program Rota.Crash does it,
/// too.</summary>
internal static class ScheduleTick
{
    public static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The oldest due time that a back-fill is asked for.</summary>
    public static readonly DateTimeOffset FilledFrom = Now.AddMinutes(-4);

    /// <param name="tick">Begins with <c>backfill</c> or <c>pause</c>, or is a pass of the scheduler.</param>
    public static async Task RunAsync(string tick, IScheduleStore schedules, string name, CancellationToken stop)
    {
        var (clock, handlers) = (new StoppedClock(), new HandlerRegistry());
        if (tick.StartsWith("backfill", StringComparison.Ordinal))
        {
            var backfill = new BackfillOperations(schedules, handlers, clock);
            await backfill.RunAsync(name, FilledFrom, Now, isDryRun: false, stop);
        }
        else if (tick.StartsWith("pause", StringComparison.Ordinal))
        {
            // A pause asks for neither jobs nor secrets.
            var operations = new ScheduleOperations(schedules, jobs: null!, handlers, secrets: null!, clock);
            await operations.PauseAsync(name, "ann", stop);
        }
        else
        {
            using var scheduler = new Scheduler(schedules, handlers, new StoreSignals(), clock, new AlwaysFirst(),
                NullLogger<Scheduler>.Instance);
            while (await scheduler.PassAsync(stop) <= TimeSpan.Zero)
            {
                // It is behind.
            }
            // A tick that was not killed in between drops what is old; one day another one does.
            await schedules.DropOldAsync([name], Now, stop);
        }
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }

    /// <summary>Each tick drops what is old.</summary>
    private sealed class AlwaysFirst : Random
    {
        public override int Next(int maxValue) => 0;
    }
}
