using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>What every store must tell of schedules, of their due times and of their jobs: a row of the table in
/// docs/events.md each, by exactly the event that a reader gets.</summary>
public abstract class ScheduleEventContract : StoreContract
{
    private const string Tick = "tick";

    private IScheduleStore Schedules => Store.Schedules;

    private static readonly JobTemplate OfTick = Plain with { Schedule = Tick };

    private static DueOccurrence Due(int hour, OccurrenceOutcome outcome = OccurrenceOutcome.Enqueued) =>
        new(Start.AddHours(hour), outcome, outcome is OccurrenceOutcome.Enqueued or OccurrenceOutcome.Backfilled
            ? new NewJob(OfTick, NoArgs) : null);

    private async Task<Schedule> PutAsync(SchedulePut put) => (await Schedules.PutAsync(put, Now, Stop)).Schedule!;

    /// <summary>What became of these due times, which are all that is due.</summary>
    private async Task<IReadOnlyList<Occurrence>> FireAsync(params DueOccurrence[] due)
    {
        var schedule = (await Schedules.FindAsync(Tick, Stop))!;
        var last = due[^1].DueAt;
        return (await Schedules.FireAsync([new ScheduleFire(schedule, due, last.AddHours(1), last)], Now, Stop))[0]!
            .Occurrences;
    }

    private async Task<RotaEvent> OnlyAsync(EventType type) =>
        Assert.Single(await Store.Events.ListAsync(new EventFilter([type]), null, 1_000, Stop));

    private async Task<int> CountAsync() => (await Store.Events.ReadAsync(0, [], 1_000, Stop)).Count;

    private RotaEvent Told(RotaEvent one, string? actor = null, JobId? job = null, DateTimeOffset? due = null,
        int count = 1, string? text = null) => new(one.Id, one.Type, Now, Tick, job, due, count, actor, text);

    [Fact]
    public async Task A_schedule_that_is_made_changed_and_removed_says_by_whom_and_an_edit_of_nothing_is_none()
    {
        await PutAsync(HourlyTick);
        await PutAsync(HourlyTick with { Actor = "bob" });
        Assert.Equal(1, await CountAsync());
        Now = Start.AddMinutes(5);
        await PutAsync(HourlyTick with { Kind = "other", Actor = "bob" });
        var changed = await OnlyAsync(EventType.ScheduleChanged);
        Assert.Equal(Told(changed, actor: "bob"), changed);

        Now = Start.AddMinutes(6);
        await Schedules.RemoveAsync(new ScheduleRemove(Tick, null, false, "carl"), Now, Stop);
        await Schedules.RemoveAsync(new ScheduleRemove(Tick, null, false, "carl"), Now, Stop);
        var removed = await OnlyAsync(EventType.ScheduleRemoved);
        Assert.Equal(Told(removed, actor: "carl"), removed);
        var made = await OnlyAsync(EventType.ScheduleMade);
        Assert.Equal(Told(made, actor: "ann") with { At = Start }, made);
        Assert.Equal(3, await CountAsync());
    }

    [Fact]
    public async Task A_schedule_that_is_paused_and_resumed_says_by_whom_and_only_once()
    {
        var schedule = await PutAsync(HourlyTick);
        await Schedules.ResumeAsync(Tick, schedule.Version, Start, "ann", Now, Stop);
        Assert.Equal(1, await CountAsync());

        Now = Start.AddMinutes(5);
        await Schedules.PauseAsync(Tick, "bob", Now, Stop);
        await Schedules.PauseAsync(Tick, "bob", Now, Stop);
        var paused = await OnlyAsync(EventType.SchedulePaused);
        Assert.Equal(Told(paused, actor: "bob"), paused);

        Now = Start.AddMinutes(6);
        var version = (await Schedules.FindAsync(Tick, Stop))!.Version;
        await Schedules.ResumeAsync(Tick, version, Start.AddHours(1), "carl", Now, Stop);
        var resumed = await OnlyAsync(EventType.ScheduleResumed);
        Assert.Equal(Told(resumed, actor: "carl"), resumed);
        Assert.Equal(3, await CountAsync());
    }

    [Fact]
    public async Task A_due_time_that_enqueues_a_job_names_it()
    {
        await PutAsync(HourlyTick);
        var job = Assert.Single(await FireAsync(Due(0))).JobId;

        var enqueued = await OnlyAsync(EventType.OccurrenceEnqueued);
        Assert.Equal(Told(enqueued, job: job, due: Start), enqueued);
    }

    [Fact]
    public async Task Due_times_for_which_a_later_one_stands_are_one_event_with_their_number()
    {
        await PutAsync(HourlyTick);
        await FireAsync(Due(-3, OccurrenceOutcome.Coalesced), Due(-2, OccurrenceOutcome.Coalesced),
            Due(-1, OccurrenceOutcome.Coalesced), Due(0));

        var coalesced = await OnlyAsync(EventType.OccurrenceCoalesced);
        Assert.Equal(Told(coalesced, due: Start.AddHours(-1), count: 3), coalesced);
        Assert.Equal(Start, (await OnlyAsync(EventType.OccurrenceEnqueued)).DueAt);
    }

    [Fact]
    public async Task Due_times_that_were_missed_are_one_event_with_their_number()
    {
        await PutAsync(HourlyTick);
        await FireAsync(Due(-2, OccurrenceOutcome.Missed), Due(-1, OccurrenceOutcome.Missed), Due(0));

        var missed = await OnlyAsync(EventType.OccurrenceMissed);
        Assert.Equal(Told(missed, due: Start.AddHours(-1), count: 2), missed);
    }

    [Fact]
    public async Task A_due_time_that_is_skipped_names_the_job_that_stood_in_the_way()
    {
        await PutAsync(HourlyTick with { Policy = new RunPolicy { MaxRunning = 1 } });
        var running = Assert.Single(await FireAsync(Due(0))).JobId;
        await ClaimOneAsync();
        Now = Start.AddHours(1);
        await FireAsync(Due(1));

        var skipped = await OnlyAsync(EventType.OccurrenceSkipped);
        Assert.Equal(Told(skipped, job: running, due: Start.AddHours(1)), skipped);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public async Task Due_times_of_the_past_that_are_filled_name_their_jobs(int? maxRunning)
    {
        var schedule = await PutAsync(HourlyTick with { Policy = new RunPolicy { MaxRunning = maxRunning } });
        DueOccurrence[] due = [Due(-2, OccurrenceOutcome.Backfilled), Due(-1, OccurrenceOutcome.Backfilled)];
        var done = await Schedules.BackfillAsync(schedule, due, Now, Stop);
        await Schedules.BackfillAsync(schedule, due, Now, Stop); // fills nothing, and tells of nothing

        var events = (await Store.Events.ListAsync(
            new EventFilter([EventType.OccurrenceBackfilled]), null, 10, Stop)).Reverse().ToList();
        Assert.Equal(done.Select((one, at) => Told(events[at], job: one.JobId, due: one.DueAt)), events);
        Assert.Equal([Start.AddHours(-2), Start.AddHours(-1)], events.Select(one => one.DueAt));
        Assert.Equal(2, events.Select(one => one.JobId).OfType<JobId>().Distinct().Count());
    }

    [Fact]
    public async Task A_job_of_a_schedule_that_succeeds_is_told_of_by_the_schedules_name()
    {
        var job = await InsertAndClaimAsync(OfTick);
        Now = Start.AddMinutes(1);
        await EndAsync(job, JobEvent.Succeed);

        var succeeded = await OnlyAsync(EventType.JobSucceeded);
        Assert.Equal(Told(succeeded, job: job.Id), succeeded);
    }

    [Fact]
    public async Task A_job_of_a_schedule_that_fails_for_good_says_why_and_one_that_goes_on_says_nothing()
    {
        var job = await InsertAndClaimAsync(OfTick);
        await EndAsync(job, JobEvent.Fail);
        Assert.Equal(0, await CountAsync());
        Now = Start.AddMinutes(1);
        await Jobs.PromoteAsync(Now, 10, Stop);
        await EndAsync(await ClaimOneAsync(), JobEvent.Exhaust);

        var failed = await OnlyAsync(EventType.JobFailed);
        Assert.Equal(Told(failed, job: job.Id, text: "it broke"), failed);
    }

    [Fact]
    public async Task A_job_of_a_schedule_that_is_canceled_while_it_runs_says_why_and_one_that_never_ran_says_nothing()
    {
        await CancelAsync(await InsertAsync(OfTick));
        Assert.Equal(0, await CountAsync());
        var job = await InsertAndClaimAsync(OfTick);
        await CancelAsync(job.Id, "too late");
        Now = Start.AddMinutes(1);
        await EndAsync(job, JobEvent.Fail);

        var canceled = await OnlyAsync(EventType.JobCanceled);
        Assert.Equal(Told(canceled, job: job.Id, text: "too late"), canceled);
    }
}
