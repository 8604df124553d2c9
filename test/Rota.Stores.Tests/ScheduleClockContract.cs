using Microsoft.Extensions.Logging.Abstractions;
using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>What must hold on every store while clocks are set forward and back under its schedulers, the clock of one
/// of two or those of both: each due time has one row, or is counted as missed, and one job at most.</summary>
public abstract class ScheduleClockContract : StoreContract
{
    private const int PageMax = 1_000, StepsOfEach = 8;
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1), Between = TimeSpan.FromSeconds(0.4);

    private static readonly (string Name, RunPolicy Policy)[] Rules =
    [
        ("skip", new RunPolicy { Misfire = Misfire.Skip }),
        ("once", new RunPolicy()),
        ("all", new RunPolicy { Misfire = Misfire.RunAll }),
        ("limited", new RunPolicy { MaxRunning = 2 }),
    ];

    private IScheduleStore Schedules => Store.Schedules;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(-1, 1)]
    [InlineData(3_600, 1)]
    [InlineData(-3_600, 1)]
    [InlineData(1, 2)]
    [InlineData(-1, 2)]
    [InlineData(3_600, 2)]
    [InlineData(-3_600, 2)]
    public async Task A_step_of_the_clock_of_some_of_two_schedulers_doubles_nothing_and_loses_nothing(
        int seconds, int stepping)
    {
        foreach (var (name, policy) in Rules)
            await PutAsync(name, policy);
        SteppedClock[] clocks = [new(), new()];
        var schedulers = clocks.Select(clock => new Scheduler(Schedules, new HandlerRegistry(), new StoreSignals(),
            clock, new Random(1), NullLogger<Scheduler>.Instance)).ToList();
        var latest = Noon;

        // As it was, set, and back again.
        foreach (var step in (int[])[0, seconds, -seconds])
        {
            foreach (var clock in clocks.Take(stepping))
                clock.Set(TimeSpan.FromSeconds(step));
            for (var moment = 0; moment < StepsOfEach; moment++)
            {
                await Task.WhenAll(schedulers.Select(PassAsync));
                latest = clocks.Append(new SteppedClock(latest)).Max(clock => clock.GetUtcNow());
                foreach (var clock in clocks)
                    clock.Pass(Between);
            }
        }
        foreach (var scheduler in schedulers)
            scheduler.Dispose();

        foreach (var (name, policy) in Rules)
            await AssertAccountedAsync(name, policy, latest);
        Assert.All((await Store.PlacesAsync()).Values, places => Assert.Single(places));
    }

    private static async Task PassAsync(Scheduler scheduler)
    {
        while (await scheduler.PassAsync(Stop) <= TimeSpan.Zero)
        {
            // It is behind.
        }
    }

    private Task<ScheduleStored> PutAsync(string name, RunPolicy policy) => Schedules.PutAsync(new SchedulePut
    {
        Name = name,
        Project = "default",
        Trigger = new IntervalTrigger(Second, Noon),
        Kind = "test",
        Args = NoArgs,
        Policy = policy,
        NextDue = Noon,
        Actor = "ann",
    }, Noon, Stop);

    private async Task AssertAccountedAsync(string name, RunPolicy policy, DateTimeOffset latest)
    {
        var next = (await Schedules.FindAsync(name, Stop))!.NextDue!.Value; // it has no end
        Assert.InRange(next, latest - Between, latest + Second);
        var due = (int)((next - Noon) / Second);
        var rows = await RowsAsync(name);
        var told = (await Store.Events.ListAsync(new EventFilter(
                [EventType.OccurrenceMissed, EventType.OccurrenceCoalesced], name), null, PageMax, Stop))
            .Sum(one => one.Count);
        var missed = rows.Count(row => row.Outcome is OccurrenceOutcome.Missed or OccurrenceOutcome.Coalesced);
        Assert.Equal(rows.Count, rows.Select(row => row.DueAt).Distinct().Count());
        Assert.All(rows, row => Assert.InRange(row.DueAt, Noon, next - Second));
        Assert.Equal(due, rows.Count - missed + told);

        var ran = rows.Where(row => row.Outcome == OccurrenceOutcome.Enqueued).Select(row => row.JobId!.Value).ToList();
        Assert.Equal(ran.Order(), (await JobIdsAsync(name)).Order());
        if (policy.Misfire == Misfire.RunAll)
            Assert.Equal(due, ran.Count);
    }

    private async Task<List<Occurrence>> RowsAsync(string name)
    {
        var rows = new List<Occurrence>();
        IReadOnlyList<Occurrence> page;
        do
        {
            page = await Schedules.OccurrencesAsync(name, rows.Count == 0 ? null : rows[^1].DueAt, PageMax, Stop);
            rows.AddRange(page);
        }
        while (page.Count == PageMax);
        return rows;
    }

    private async Task<List<JobId>> JobIdsAsync(string name)
    {
        var ids = new List<JobId>();
        IReadOnlyList<Job> page;
        do
        {
            page = await Jobs.ListAsync(
                new JobFilter { Schedule = name }, ids.Count == 0 ? null : ids[^1], PageMax, Stop);
            ids.AddRange(page.Select(job => job.Id));
        }
        while (page.Count == PageMax);
        return ids;
    }

    private sealed class SteppedClock(DateTimeOffset? now = null) : TimeProvider
    {
        private DateTimeOffset _now = now ?? Noon;
        private TimeSpan _passed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => _now;

        public override long GetTimestamp() => _passed.Ticks;

        public void Pass(TimeSpan by) => (_now, _passed) = (_now + by, _passed + by);

        /// <summary>What it shows changes, and no time passes.</summary>
        public void Set(TimeSpan by) => _now += by;
    }
}
