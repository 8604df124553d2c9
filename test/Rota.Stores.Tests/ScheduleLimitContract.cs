using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>What every store must do with schedules of which only so many jobs may run, and with back-fills.</summary>
public abstract class ScheduleLimitContract : StoreContract
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private IScheduleStore Schedules => Store.Schedules;

    private int _hour;

    private async Task<Schedule> PutAsync(int? max, WhenFull whenFull = WhenFull.Skip) =>
        (await Schedules.PutAsync(new SchedulePut
        {
            Name = "a",
            Project = "default",
            Trigger = new IntervalTrigger(TimeSpan.FromHours(1), Noon),
            Kind = "some.kind",
            Args = "{}"u8.ToArray(),
            Policy = new RunPolicy { MaxRunning = max, WhenFull = whenFull },
            NextDue = Noon.AddHours(_hour),
            Actor = "ann",
        }, Now, Stop)).Schedule!;

    private static DueOccurrence Due(int hour, OccurrenceOutcome outcome = OccurrenceOutcome.Enqueued) =>
        new(Noon.AddHours(hour), outcome,
            new NewJob(new JobTemplate { Kind = "some.kind", Schedule = "a" }, "{}"u8.ToArray()));

    /// <summary>The next hours, in one fire.</summary>
    private async Task<IReadOnlyList<Occurrence>> FireAsync(int count = 1)
    {
        var schedule = (await Schedules.FindAsync("a", Stop))!;
        var due = Enumerable.Range(_hour, count).Select(hour => Due(hour)).ToList();
        _hour += count;
        var fire = new ScheduleFire(schedule, due, Noon.AddHours(_hour), Noon.AddHours(_hour - 1));
        return (await Schedules.FireAsync([fire], Now, Stop))[0]!.Occurrences;
    }

    private Task<JobState> StateAsync(Occurrence occurrence) => StateAsync(occurrence.JobId!.Value);

    [Fact]
    public async Task While_as_many_as_may_run_have_not_ended_an_occurrence_is_skipped_and_names_the_oldest()
    {
        await PutAsync(2);
        var first = await FireAsync(3);
        var fourth = Assert.Single(await FireAsync());
        Assert.Equal([OccurrenceOutcome.Enqueued, OccurrenceOutcome.Enqueued, OccurrenceOutcome.Skipped],
            first.Select(one => one.Outcome));
        Assert.Equal((OccurrenceOutcome.Skipped, first[0].JobId), (fourth.Outcome, fourth.JobId));

        await EndAsync(await ClaimOneAsync(), JobEvent.Succeed);
        await ClaimOneAsync();
        Assert.Equal([OccurrenceOutcome.Enqueued, OccurrenceOutcome.Skipped],
            (await FireAsync(2)).Select(one => one.Outcome));
    }

    [Fact]
    public async Task Jobs_that_wait_for_their_turn_start_one_for_each_that_ends()
    {
        await PutAsync(2, WhenFull.Queue);
        await FireAsync(3);
        await FireAsync(3);
        Assert.All(await Schedules.OccurrencesAsync("a", null, 10, Stop),
            one => Assert.Equal(OccurrenceOutcome.Enqueued, one.Outcome));

        var seen = new List<JobId>();
        var running = new Queue<Claimed>(await ClaimAsync());
        while (running.Count > 0)
        {
            Assert.InRange(running.Count, 1, 2);
            seen.AddRange(running.Select(job => job.Id).Except(seen));
            await EndAsync(running.Dequeue(), JobEvent.Succeed);
            foreach (var job in await ClaimAsync())
                running.Enqueue(job);
        }
        Assert.Equal(6, seen.Count);
    }

    [Fact]
    public async Task A_failed_or_canceled_job_lets_the_next_one_in_line_go()
    {
        await PutAsync(1, WhenFull.Queue);
        await FireAsync(3);
        await EndAsync(Assert.Single(await ClaimAsync()), JobEvent.Exhaust);
        await EndAsync(Assert.Single(await ClaimAsync()), JobEvent.Cancel);
        Assert.Single(await ClaimAsync());
    }

    [Fact]
    public async Task The_old_job_is_canceled_and_the_new_one_starts_when_it_has_ended()
    {
        await PutAsync(1, WhenFull.CancelOld);
        var first = Assert.Single(await FireAsync());
        var second = Assert.Single(await FireAsync()); // the first one did not run yet
        Assert.Equal((JobState.Canceled, JobState.Queued), (await StateAsync(first), await StateAsync(second)));

        var running = await ClaimOneAsync();
        var third = Assert.Single(await FireAsync());
        Assert.Equal(RunLimit.CancelReason, (await Jobs.StopRequestsAsync([running], Stop))[running.Token]);
        Assert.Equal(JobState.Blocked, await StateAsync(third));

        var fourth = Assert.Single(await FireAsync()); // the second one still runs, and the third one never starts
        Assert.Equal((JobState.Canceled, JobState.Blocked), (await StateAsync(third), await StateAsync(fourth)));
        await EndAsync(running, JobEvent.Cancel);
        Assert.Equal(fourth.JobId, Assert.Single(await ClaimAsync()).Id);
    }

    [Fact]
    public async Task Jobs_from_before_the_number_was_limited_count_too()
    {
        await PutAsync(null);
        var first = Assert.Single(await FireAsync());
        await PutAsync(1);
        var second = Assert.Single(await FireAsync());

        Assert.Equal((OccurrenceOutcome.Skipped, first.JobId), (second.Outcome, second.JobId));
    }

    [Fact]
    public async Task A_job_of_somebody_elses_that_waits_for_one_of_the_schedules_is_none_of_them()
    {
        await PutAsync(1, WhenFull.Queue);
        var first = Assert.Single(await FireAsync());
        await InsertAsync(new JobTemplate { Kind = "some.kind", DependsOn = [first.JobId!.Value] });

        Assert.Equal(JobState.Blocked, await StateAsync(Assert.Single(await FireAsync())));
    }

    [Fact]
    public async Task A_back_fill_enqueues_what_has_no_job_and_doing_it_again_does_nothing()
    {
        var schedule = await PutAsync(null);
        var missed = new DueOccurrence(Noon.AddHours(-1), OccurrenceOutcome.Missed, Job: null);
        await Schedules.FireAsync([new ScheduleFire(schedule, [missed, Due(0)], Noon.AddHours(1), Noon)], Now, Stop);
        var before = await Jobs.ListAsync(new JobFilter(), null, 10, Stop);

        DueOccurrence[] due =
            [.. Enumerable.Range(-2, 3).Select(hour => Due(hour, OccurrenceOutcome.Backfilled))];
        var done = await Schedules.BackfillAsync(schedule, due, Now, Stop);
        Assert.Equal([Noon.AddHours(-2), Noon.AddHours(-1)], done.Select(one => one.DueAt));
        Assert.All(done, one => Assert.Equal(OccurrenceOutcome.Backfilled, one.Outcome));
        Assert.Empty(await Schedules.BackfillAsync(schedule, due, Now, Stop));

        var rows = await Schedules.OccurrencesAsync("a", null, 10, Stop);
        Assert.Equal([OccurrenceOutcome.Enqueued, OccurrenceOutcome.Backfilled, OccurrenceOutcome.Backfilled],
            rows.Select(one => one.Outcome));
        Assert.Equal(before.Count + 2, (await Jobs.ListAsync(new JobFilter(), null, 10, Stop)).Count);
        Assert.Equal(Noon.AddHours(1), (await Schedules.FindAsync("a", Stop))!.NextDue);
    }

    [Theory]
    [InlineData(WhenFull.Skip)]
    [InlineData(WhenFull.CancelOld)]
    public async Task Jobs_of_a_back_fill_wait_for_their_turn_where_their_number_is_limited(WhenFull whenFull)
    {
        var schedule = await PutAsync(1, whenFull);
        DueOccurrence[] due =
            [.. Enumerable.Range(-3, 3).Select(hour => Due(hour, OccurrenceOutcome.Backfilled))];
        var done = await Schedules.BackfillAsync(schedule, due, Now, Stop);

        Assert.Equal([JobState.Queued, JobState.Blocked, JobState.Blocked],
            await Task.WhenAll(done.Select(StateAsync)));
    }

    [Fact]
    public async Task A_back_fill_of_a_removed_schedule_does_nothing()
    {
        var schedule = await PutAsync(null);
        await Schedules.RemoveAsync(new ScheduleRemove("a", null, false, "bob"), Now, Stop);

        Assert.Empty(await Schedules.BackfillAsync(schedule, [Due(-1, OccurrenceOutcome.Backfilled)], Now, Stop));
        Assert.Empty(await Jobs.ListAsync(new JobFilter(), null, 10, Stop));
    }
}
