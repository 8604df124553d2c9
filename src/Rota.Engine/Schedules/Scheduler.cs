using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Schedules;

/// <summary>Enqueues the jobs of due schedules.</summary>
/// <remarks>
/// One pass reads all due schedules, a page at a time, plans what each is to do (<see cref="OccurrencePlan"/>) and
/// writes that in one transaction per schedule: occurrences, jobs and the next due time. The transaction holds only
/// where the next due time and the version are still those that were read. So a crash at any point, a second scheduler
/// or an edit meanwhile leaves an occurrence either with its job or still due. A clock that is set back leaves the next
/// due time where it is: nothing is due twice. Sleep is bounded, so that a clock set forward is noticed.
/// What goes wrong with one schedule is logged, once a minute, and stops no other: it stays due and is tried again.
/// </remarks>
internal sealed class Scheduler(
    IScheduleStore store, HandlerRegistry handlers, StoreSignals signals, TimeProvider clock, ILogger<Scheduler> log)
    : BackgroundService
{
    private const int PageMax = 100;
    private const int ComplaintsMax = 10_000;
    private static readonly TimeSpan SleepMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ComplaintPause = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, long> _complaints = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var sleep = await TryPassAsync(stoppingToken);
            await signals.Schedules.WaitAsync(sleep, clock, stoppingToken);
        }
    }

    private async Task<TimeSpan> TryPassAsync(CancellationToken stop)
    {
        try
        {
            return await PassAsync(stop);
        }
        catch (StorageException error)
        {
            if (MayComplain(""))
                log.StoreRefused(error.Why());
            return RetryPause;
        }
    }

    /// <summary>Does what is due now.</summary>
    /// <returns>How long there is nothing to do; 0 when a schedule is behind or changed meanwhile.</returns>
    internal async Task<TimeSpan> PassAsync(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var isDone = true;
        Schedule? last = null;
        while (true)
        {
            var page = await store.DueAsync(now, last, PageMax, stop);
            // At once, so that their transactions share commits.
            var done = await Task.WhenAll(page.Select(schedule => FireAsync(schedule, now, stop)));
            isDone &= Array.TrueForAll(done, isCaughtUp => isCaughtUp);
            if (page.Count < PageMax)
                break;
            last = page[^1];
        }
        if (!isDone)
            return TimeSpan.Zero;
        if (await store.NextDueAsync(now, stop) is not { } next)
            return SleepMax;
        var until = next - clock.GetUtcNow();
        return until < TimeSpan.Zero ? TimeSpan.Zero : until < SleepMax ? until : SleepMax;
    }

    /// <returns>False when there is more to do with this schedule at once.</returns>
    private async Task<bool> FireAsync(Schedule schedule, DateTimeOffset now, CancellationToken stop)
    {
        if (schedule is not { Trigger: { } trigger, NextDue: { } due })
        {
            if (MayComplain(schedule.Name))
                log.Broken(schedule.Name, schedule.Broken ?? "it has no trigger");
            return true;
        }
        try
        {
            var plan = OccurrencePlan.Make(trigger, schedule.Misfire, due, now);
            var occurrences = plan.Occurrences.Select(one => ToDue(schedule, one, now)).ToList();
            var fire = new ScheduleFire(schedule, occurrences, plan.NextDue, plan.LastDue);
            if (await store.FireAsync(fire, now, stop) is not { } count)
                return false;
            Report(schedule, plan, count, now);
            return !(plan.NextDue <= now);
        }
        catch (Exception error) when (error is not (StorageException or OperationCanceledException))
        {
            if (MayComplain(schedule.Name))
                log.FireFailed(error, schedule.Name);
            return true;
        }
    }

    private DueOccurrence ToDue(Schedule schedule, PlannedOccurrence planned, DateTimeOffset now)
    {
        if (planned.Outcome != OccurrenceOutcome.Enqueued)
            return new DueOccurrence(planned.DueAt, planned.Outcome, Job: null);
        var options = ScheduleJobs.Jittered(schedule, planned.DueAt);
        var template = ScheduleJobs.ToTemplate(
            schedule.Name, schedule.Kind, options, handlers, planned.DueAt, now);
        return new DueOccurrence(planned.DueAt, planned.Outcome, new NewJob(template, schedule.Args));
    }

    private void Report(Schedule schedule, OccurrencePlan plan, int count, DateTimeOffset now)
    {
        _complaints.TryRemove(schedule.Name, out _);
        log.Fired(schedule.Name, count, plan.NextDue);
        var missed = plan.Unrecorded + plan.Occurrences.Count(one => one.DueAt < now - OccurrencePlan.Grace);
        if (missed > 0)
            log.Missed(schedule.Name, missed, plan.LastDue, plan.Unrecorded, schedule.Misfire);
    }

    private bool MayComplain(string about)
    {
        var now = clock.GetTimestamp();
        if (_complaints.TryGetValue(about, out var at) && clock.GetElapsedTime(at, now) < ComplaintPause)
            return false;
        if (_complaints.Count >= ComplaintsMax)
            _complaints.Clear();
        _complaints[about] = now;
        return true;
    }
}
