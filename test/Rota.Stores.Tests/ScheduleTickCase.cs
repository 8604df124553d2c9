using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>How a schedule stands before a tick, and what is to come of it.</summary>
/// <param name="Every">Its trigger; it is due at <see cref="ScheduleTick.Now"/>, and so long before.</param>
/// <param name="First">How long before it is due first.</param>
/// <param name="Outcomes">What becomes of what is due, oldest first: outcomes of rows and how many in a row.</param>
/// <param name="Jobs">States of all its jobs then, oldest first.</param>
internal sealed record ScheduleTickCase(
    string Tick, RunPolicy Policy, TimeSpan Every, TimeSpan First, string Outcomes, string Jobs)
{
    private const int OldCount = 150;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1), Half = Minute / 2;
    private static readonly DateTimeOffset Now = ScheduleTick.Now, LongAgo = Now.AddDays(-40);

    /// <summary>What became of due times before the first one of the tick.</summary>
    public IReadOnlyList<(DateTimeOffset At, OccurrenceOutcome Outcome)> Earlier { get; init; } = [];

    /// <summary>So many of the jobs that are there already run.</summary>
    public int Running { get; init; }

    /// <summary>Missed or coalesced ones that become no row.</summary>
    public int Unrecorded { get; init; }

    /// <summary>Where it goes on, if it is not the next due time after this moment.</summary>
    public TimeSpan? Next { get; init; }

    public static IReadOnlyList<ScheduleTickCase> All { get; } =
    [
        new("plain", new() { Misfire = Misfire.RunAll }, Minute, 2 * Minute, "3 Enqueued", "Queued Queued Queued"),
        new("skip", new() { MaxRunning = 2 }, Half, Half, "1 Enqueued, 1 Skipped", "Queued Queued")
        {
            Earlier = [Enqueued(10)],
        },
        new("queue", new() { MaxRunning = 1, WhenFull = WhenFull.Queue }, Half, Half, "2 Enqueued",
            "Queued Blocked Blocked")
        {
            Earlier = [Enqueued(10)],
        },
        new("cancel", new() { MaxRunning = 2, WhenFull = WhenFull.CancelOld }, Half, Half, "2 Enqueued",
            "Running Canceled Blocked Queued")
        {
            Earlier = [Enqueued(11), Enqueued(10)],
            Running = 1,
        },
        new("missed", new() { CatchUpWindow = 5 * Minute }, 2 * Minute, 10 * Minute,
            "3 Missed, 1 Coalesced, 2 Enqueued", "Queued Queued"),
        new("missed-limited", new() { CatchUpWindow = 5 * Minute, MaxRunning = 1 }, 2 * Minute, 10 * Minute,
            "3 Missed, 1 Coalesced, 1 Enqueued, 1 Skipped", "Queued"),
        new("thousand", new() { CatchUpWindow = 30 * Minute }, Minute, 1_100 * Minute,
            "971 Missed, 28 Coalesced, 3 Enqueued", "Queued Queued Queued")
        {
            Unrecorded = 99,
        },
        new("old", new(), Half, Half, "2 Enqueued", "Queued Queued")
        {
            Earlier = [.. Enumerable.Range(0, OldCount)
                .Select(minute => (LongAgo.AddMinutes(minute), OccurrenceOutcome.Missed))],
        },
        Backfill("backfill", new(), "Queued Queued Queued Queued Queued"),
        Backfill("backfill-limited", new() { MaxRunning = 1 }, "Queued Blocked Blocked Blocked Blocked"),
        new("pause", new(), Minute, 2 * Minute, "3 Missed", ""),
        new("pause-thousand", new(), Minute, 1_100 * Minute, "1000 Missed", "") { Unrecorded = 101 },
    ];

    private static ScheduleTickCase Backfill(string tick, RunPolicy policy, string jobs) =>
        new(tick, policy, Minute, 4 * Minute, "1 Backfilled, 1 Enqueued, 3 Backfilled", jobs)
        {
            Earlier =
            [
                Enqueued(3), (Now - 2 * Minute, OccurrenceOutcome.Missed), (Now - Minute, OccurrenceOutcome.Coalesced),
            ],
            Next = Minute,
        };

    private static (DateTimeOffset, OccurrenceOutcome) Enqueued(int minutesAgo) =>
        (Now.AddMinutes(-minutesAgo), OccurrenceOutcome.Enqueued);

    public static ScheduleTickCase Of(string tick) => All.Single(one => one.Tick == tick);

    /// <summary>All that is due when the tick begins.</summary>
    public IEnumerable<DateTimeOffset> Due()
    {
        for (var at = Now - First; at <= Now; at += Every)
            yield return at;
    }

    /// <summary>Makes the schedule, with a queue of its own name, so that its counts are its own, too.</summary>
    public async Task SetUpAsync(IScheduleStore schedules, IJobStore jobs, string name, CancellationToken stop)
    {
        var next = Next is { } later ? Now + later : Now - First;
        var put = new SchedulePut
        {
            Name = name,
            Project = "default",
            Trigger = new IntervalTrigger(Every, Now.AddDays(-2)),
            Kind = "test",
            Args = "{}"u8.ToArray(),
            Options = new JobOptions { Queue = name },
            Policy = Policy,
            Actor = "ann",
            NextDue = Earlier.Count > 0 ? Earlier[0].At : next,
        };
        var before = Now.AddMinutes(-9);
        var schedule = (await schedules.PutAsync(put, before, stop)).Schedule!;
        if (Earlier.Count == 0)
            return;
        var handlers = new HandlerRegistry();
        var due = Earlier.Select(one => ScheduleJobs.ToDue(
            schedule, new PlannedOccurrence(one.At, one.Outcome), handlers, before)).ToList();
        var fired = await schedules.FireAsync([new ScheduleFire(schedule, due, next, Earlier[^1].At)], before, stop);
        Assert.Equal(Earlier.Count, fired[0]?.Occurrences.Count);
        if (Running > 0)
        {
            var claim = new Exchange("node-a", [], new ClaimOrder([name], Running, Prefetch: 0), before);
            Assert.Equal(Running, (await jobs.ExchangeAsync(claim, stop)).Claimed.Count);
        }
    }
}
