using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Schedules;

/// <summary>Enqueues the jobs of due schedules.</summary>
/// <remarks>
/// A tick takes what is due out of the <see cref="DueBook"/>, plans what each is to do (<see cref="OccurrencePlan"/>)
/// and writes all in one transaction, or in several after an outage: occurrences, jobs and the next due times. While
/// that is on its way to the disk, the next tick may begin. What is written of a schedule holds only where its next due
/// time and its version are still those that were read. So a crash at any point, a second scheduler or an edit
/// meanwhile leaves an occurrence either with its job or still due. A clock that is set back leaves the next due time
/// where it is: nothing is due twice. Sleep is bounded, so that a clock set forward is noticed.
/// What goes wrong with one schedule is logged, once a minute, and stops no other: it stays due, and is tried again by
/// the next sweep of the book.
/// </remarks>
internal sealed class Scheduler(IScheduleStore store, HandlerRegistry handlers, StoreSignals signals,
    TimeProvider clock, Random random, ILogger<Scheduler> log) : BackgroundService
{
    /// <summary>Occurrences of one transaction at most, or those of one schedule. After an outage each may have a
    /// thousand: those of a page together would outlast what a statement may take, and be tried again for ever.
    /// </summary>
    internal const int RowsMax = 10_000;

    private const int FiresMax = 500;
    private const int ComplaintsMax = 10_000;

    // What is due often has rows to spare: those are dropped in larger lots.
    private const int FiresPerDrop = 100, QuickFiresPerDrop = 1_000;
    private static readonly TimeSpan Quick = TimeSpan.FromMinutes(1);

    // Where one tick that fires follows another so soon, others will: to fire together what is due in a moment is
    // cheaper than each by itself.
    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(10), BusyPause = TimeSpan.FromMilliseconds(2);

    private static readonly TimeSpan SleepMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ComplaintPause = TimeSpan.FromMinutes(1);

    // It stays due and is tried again, but not at once.
    private static readonly Fired Failed = new([]);

    // With a third one on the way each took longer, and what is due began no earlier.
    private const int FlightsMax = 2;

    private readonly ConcurrentDictionary<string, long> _complaints = new();
    private readonly DueBook _book = new(store, clock);
    private readonly List<Flight> _flights = new(FlightsMax);
    private DateTimeOffset _tickedAt, _firedAt;
    private bool _isBusy;

    private sealed record Planned(ScheduleFire Fire, OccurrencePlan Plan);

    /// <summary>What was taken out of the book and is being written.</summary>
    /// <param name="Fired">What came of the first plans: of all, where nothing failed.</param>
    private sealed record Flight(DateTimeOffset TickedAt, IReadOnlyList<Schedule> Due, IReadOnlyList<Planned> Plans,
        List<Fired?> Fired, Task Writing);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var sleep = await TryTickAsync(stoppingToken);
                if (await signals.Schedules.WaitAsync(sleep, clock, stoppingToken))
                    _book.Suspect();
            }
        }
        finally
        {
            foreach (var flight in _flights)
                await flight.Writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>How long there is nothing to do.</returns>
    private async Task<TimeSpan> TryTickAsync(CancellationToken stop)
    {
        try
        {
            await BeginAsync(stop);
            while (_flights.Exists(flight => flight.Writing.IsCompleted))
                await LandAsync();
            return _flights.Count == 0 ? Rest() : Shorter(Rest(), BusyPause);
        }
        catch (StorageException error)
        {
            if (MayComplain(""))
                log.StoreRefused(error.Why());
            _book.Clear();
            return RetryPause;
        }
    }

    /// <summary>Does what is due now, to its end.</summary>
    /// <returns>How long there is nothing to do; 0 when a schedule is behind.</returns>
    internal async Task<TimeSpan> PassAsync(CancellationToken stop)
    {
        await BeginAsync(stop);
        while (_flights.Count > 0)
            await LandAsync();
        return Rest();
    }

    private TimeSpan Rest()
    {
        if (_book.Rest(_tickedAt) <= TimeSpan.Zero)
            return TimeSpan.Zero;
        var least = _isBusy ? BusyPause : TimeSpan.Zero;
        var rest = Shorter(_book.Rest(clock.GetUtcNow()), SleepMax);
        return rest > least ? rest : least;
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>Begins to fire what is due.</summary>
    private async Task BeginAsync(CancellationToken stop)
    {
        var now = _tickedAt = clock.GetUtcNow();
        await _book.ReadAsync(now, stop);
        var due = _book.TakeDue(now);
        _isBusy = due.Count > 0 && now - _firedAt < Busy;
        _firedAt = due.Count > 0 ? now : _firedAt;
        var begun = 0;
        try
        {
            foreach (var some in due.Chunk(FiresMax))
            {
                if (_flights.Count == FlightsMax)
                    await LandAsync();
                var (plans, fired) = (Plan(some, now), new List<Fired?>(some.Length));
                _flights.Add(new Flight(now, some, plans, fired, WriteAsync(plans, fired, now, stop)));
                begun += some.Length;
            }
        }
        finally
        {
            _book.Release(due.Skip(begun));
        }
    }

    /// <summary>Waits for one flight, and puts back what it fired.</summary>
    private async Task LandAsync()
    {
        await Task.WhenAny(_flights.Select(flight => flight.Writing));
        var landed = _flights.Find(flight => flight.Writing.IsCompleted)!;
        _flights.Remove(landed);
        foreach (var ((fire, plan), fired) in landed.Plans.Zip(landed.Fired))
        {
            if (fired is null)
                _book.Lose(fire.Schedule);
            else if (!ReferenceEquals(fired, Failed))
            {
                _book.MoveOn(fire.Schedule, plan.NextDue);
                Report(fire.Schedule, plan, fired, landed.TickedAt);
            }
        }
        _book.Release(landed.Due);
        await landed.Writing; // what it failed of
    }

    private List<Planned> Plan(IEnumerable<Schedule> due, DateTimeOffset now)
    {
        var plans = new List<Planned>();
        foreach (var schedule in due)
        {
            if (TryPlan(schedule, now) is { } plan)
                plans.Add(plan);
        }
        return plans;
    }

    private Task WriteAsync(List<Planned> plans, List<Fired?> fired, DateTimeOffset now, CancellationToken stop)
    {
        // Now and then is enough, and most fires are spared the look.
        var dropFrom = plans.Where(one => random.Next(PerDrop(one.Plan)) == 0)
            .Select(one => one.Fire.Schedule.Name).ToList();
        return WriteAllAsync();

        async Task WriteAllAsync()
        {
            foreach (var part in Parts(plans))
                fired.AddRange(await FireAsync(part, now, stop));
            if (dropFrom.Count > 0)
                await store.DropOldAsync(dropFrom, now, stop);
        }

        static int PerDrop(OccurrencePlan plan) =>
            plan.NextDue - plan.LastDue < Quick ? QuickFiresPerDrop : FiresPerDrop;
    }

    /// <summary>What is written in one transaction each.</summary>
    private static IEnumerable<List<ScheduleFire>> Parts(List<Planned> plans)
    {
        var (part, rows) = (new List<ScheduleFire>(), 0);
        foreach (var (fire, _) in plans)
        {
            rows += fire.Occurrences.Count;
            if (rows > RowsMax && part.Count > 0)
            {
                yield return part;
                (part, rows) = ([], fire.Occurrences.Count);
            }
            part.Add(fire);
        }
        if (part.Count > 0)
            yield return part;
    }

    private Planned? TryPlan(Schedule schedule, DateTimeOffset now)
    {
        if (schedule is not { Trigger: { } trigger, NextDue: { } due })
        {
            if (MayComplain(schedule.Name))
                log.Broken(schedule.Name, schedule.Broken ?? "it has no trigger");
            return null;
        }
        try
        {
            var plan = OccurrencePlan.Make(trigger, schedule.Policy, due, now);
            var occurrences = plan.Occurrences
                .Select(one => ScheduleJobs.ToDue(schedule, one, handlers, now)).ToList();
            var fire = new ScheduleFire(schedule, occurrences, plan.NextDue, plan.LastDue)
            {
                Unrecorded = plan.Unrecorded,
            };
            return new Planned(fire, plan);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            Complain(error, schedule);
            return null;
        }
    }

    /// <summary>All in one transaction; each in its own, where one of them spoils it.</summary>
    private async Task<IReadOnlyList<Fired?>> FireAsync(
        List<ScheduleFire> fires, DateTimeOffset now, CancellationToken stop)
    {
        try
        {
            return await store.FireAsync(fires, now, stop);
        }
        catch (Exception error) when (error is not (StorageException or OperationCanceledException))
        {
            if (fires.Count == 1)
            {
                Complain(error, fires[0].Schedule);
                return [Failed];
            }
            var fired = new List<Fired?>(fires.Count);
            foreach (var fire in fires)
                fired.AddRange(await FireAsync([fire], now, stop));
            return fired;
        }
    }

    private void Report(Schedule schedule, OccurrencePlan plan, Fired fired, DateTimeOffset now)
    {
        _complaints.TryRemove(schedule.Name, out _);
        log.Fired(schedule.Name, fired.Jobs, plan.NextDue);
        var missed = plan.Unrecorded
            + plan.Occurrences.Count(one => one.DueAt < now - schedule.Policy.MisfireGrace);
        if (missed > 0)
            log.Missed(schedule.Name, missed, plan.LastDue, plan.Unrecorded, schedule.Policy.Misfire);
    }

    private void Complain(Exception error, Schedule schedule)
    {
        if (MayComplain(schedule.Name))
            log.FireFailed(error, schedule.Name);
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
