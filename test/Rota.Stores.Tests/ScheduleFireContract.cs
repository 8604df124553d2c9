using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>What every store must do when occurrences are due.</summary>
public abstract class ScheduleFireContract : StoreContract
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Trigger Hourly = new IntervalTrigger(TimeSpan.FromHours(1), Noon);

    private IScheduleStore Schedules => Store.Schedules;

    private static SchedulePut Rule(string name) => new()
    {
        Name = name,
        Project = "default",
        Trigger = Hourly,
        Kind = "some.kind",
        Args = """{"a":1}"""u8.ToArray(),
        NextDue = Noon,
    };

    private static DueOccurrence Due(int hour, JobTemplate? template = null) => new(Noon.AddHours(hour),
        OccurrenceOutcome.Enqueued, new NewJob(template ?? new JobTemplate { Kind = "some.kind" }, "{}"u8.ToArray()));

    private async Task<Schedule> PutAsync(SchedulePut put) => (await Schedules.PutAsync(put, Noon, Stop)).Schedule;

    private Task<int?> FireAsync(Schedule schedule, params DueOccurrence[] occurrences) => Schedules.FireAsync(
        new ScheduleFire(schedule, occurrences, Noon.AddHours(1), Noon), Noon, Stop);

    private async Task<int> CountJobsAsync() =>
        (await Jobs.ListAsync(new JobFilter(), null, 1_000, Stop)).Count;

    [Fact]
    public async Task A_fire_writes_occurrences_jobs_and_the_next_due_time()
    {
        var schedule = await PutAsync(Rule("a"));
        var missed = new DueOccurrence(Noon.AddHours(-1), OccurrenceOutcome.Coalesced, Job: null);
        var count = await FireAsync(schedule, missed, Due(0));

        var after = (await Schedules.FindAsync("a", Stop))!;
        var occurrences = await Schedules.OccurrencesAsync("a", 10, Stop);
        var job = Assert.Single(await Jobs.ListAsync(new JobFilter(), null, 10, Stop));
        Assert.Equal(1, count);
        Assert.Equal((Noon.AddHours(1), Noon, schedule.Version), (after.NextDue, after.LastDue, after.Version));
        Assert.Equal([new Occurrence(Noon, OccurrenceOutcome.Enqueued, job.Id, Noon),
            new Occurrence(Noon.AddHours(-1), OccurrenceOutcome.Coalesced, null, Noon)], occurrences);
        Assert.Single(await Schedules.OccurrencesAsync("a", 1, Stop));
        Assert.Empty(await Schedules.OccurrencesAsync("b", 1, Stop));
    }

    [Fact]
    public async Task Of_two_fires_at_once_only_one_writes()
    {
        var schedule = await PutAsync(Rule("a"));
        var counts = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => FireAsync(schedule, Due(0))));

        Assert.Equal(1, Assert.Single(counts, count => count is not null));
        Assert.Equal(1, await CountJobsAsync());
    }

    [Fact]
    public async Task A_fire_of_a_schedule_that_was_edited_paused_or_removed_writes_nothing()
    {
        var read = await PutAsync(Rule("a"));
        await PutAsync(Rule("a"));
        Assert.Null(await FireAsync(read, Due(0)));

        var edited = (await Schedules.FindAsync("a", Stop))!;
        await Schedules.PauseAsync("a", Noon, Stop);
        Assert.Null(await FireAsync(edited, Due(0)));
        await Schedules.RemoveAsync("a", Stop);
        Assert.Null(await FireAsync(edited, Due(0)));

        Assert.Equal(0, await CountJobsAsync());
        Assert.Empty(await Schedules.OccurrencesAsync("a", 10, Stop));
    }

    [Fact]
    public async Task A_fire_whose_last_insert_fails_leaves_everything_as_it_was()
    {
        var schedule = await PutAsync(Rule("a"));
        var refused = new JobTemplate { Kind = "some.kind", DependsOn = [new JobId(999)] };
        await Assert.ThrowsAsync<InvalidFieldException>(() => FireAsync(schedule, Due(0), Due(1, refused)));

        var after = (await Schedules.FindAsync("a", Stop))!;
        Assert.Equal((schedule.NextDue, schedule.LastDue), (after.NextDue, after.LastDue));
        Assert.Empty(await Schedules.OccurrencesAsync("a", 10, Stop));
        Assert.Equal(0, await CountJobsAsync());
        Assert.Equal(1, await FireAsync(schedule, Due(0)));
    }

    [Fact]
    public async Task A_due_time_that_has_a_row_keeps_it_and_enqueues_nothing()
    {
        await FireAsync(await PutAsync(Rule("a")), Due(0));
        var again = await PutAsync(Rule("a") with { Trigger = new OnceTrigger(Noon) });
        Assert.Equal(Noon, again.NextDue);

        Assert.Equal(0, await FireAsync(again, Due(0)));
        Assert.Equal(1, await CountJobsAsync());
    }

    [Fact]
    public async Task Where_a_unique_key_is_held_the_occurrence_is_skipped_and_names_the_holder()
    {
        var unique = new JobTemplate { Kind = "some.kind", Unique = new Unique("one") };
        Assert.Equal(1, await FireAsync(await PutAsync(Rule("a")), Due(-1, unique), Due(0, unique)));

        var occurrences = await Schedules.OccurrencesAsync("a", 10, Stop);
        Assert.Equal([OccurrenceOutcome.Skipped, OccurrenceOutcome.Enqueued], occurrences.Select(one => one.Outcome));
        Assert.Equal(occurrences[1].JobId, occurrences[0].JobId);
    }

    [Fact]
    public async Task Occurrences_of_over_31_days_are_dropped_but_the_newest_hundred_stay()
    {
        var rows = Enumerable.Range(-1_499, 1_500)
            .Select(hour => new DueOccurrence(Noon.AddHours(hour), OccurrenceOutcome.Missed, Job: null)).ToArray();
        await FireAsync(await PutAsync(Rule("long")), rows);
        await FireAsync(await PutAsync(Rule("rare")),
            [.. rows[..150].Select(one => one with { DueAt = one.DueAt.AddDays(-100) })]);

        Assert.Equal(31 * 24 + 1, (await Schedules.OccurrencesAsync("long", 1_000, Stop)).Count);
        Assert.Equal(100, (await Schedules.OccurrencesAsync("rare", 1_000, Stop)).Count);
    }

    [Fact]
    public async Task A_removed_schedule_takes_its_occurrences_and_secrets_and_leaves_its_jobs()
    {
        var schedule = await PutAsync(Rule("a") with { SetsSecrets = true, SecretToken = "token" });
        await FireAsync(schedule, Due(0));

        Assert.True(await Schedules.RemoveAsync("a", Stop));
        Assert.False(await Schedules.RemoveAsync("a", Stop));
        Assert.Empty(await Schedules.OccurrencesAsync("a", 10, Stop));
        Assert.Null(await Store.Secrets.FindOfScheduleAsync("a", Stop));
        Assert.Equal(1, await CountJobsAsync());
    }
}
