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
        Actor = "ann",
    };

    private static DueOccurrence Due(int hour, JobTemplate? template = null) => new(Noon.AddHours(hour),
        OccurrenceOutcome.Enqueued, new NewJob(template ?? new JobTemplate { Kind = "some.kind" }, "{}"u8.ToArray()));

    private async Task<Schedule> PutAsync(SchedulePut put) => (await Schedules.PutAsync(put, Noon, Stop)).Schedule!;

    private static ScheduleFire Fire(Schedule schedule, params DueOccurrence[] occurrences) =>
        new(schedule, occurrences, Noon.AddHours(1), Noon);

    /// <returns>How many jobs are new; null when nothing was written.</returns>
    private async Task<int?> FireAsync(Schedule schedule, params DueOccurrence[] occurrences) =>
        (await Schedules.FireAsync([Fire(schedule, occurrences)], Noon, Stop))[0]?.Jobs;

    private async Task<IReadOnlyList<Occurrence>> OccurrencesAsync(string name) =>
        await Schedules.OccurrencesAsync(name, null, 1_000, Stop);

    private Task<ScheduleStored?> RemoveAsync(string name) =>
        Schedules.RemoveAsync(new ScheduleRemove(name, Owner: null, TakesOver: false, "bob"), Noon, Stop);

    private async Task<int> CountJobsAsync() =>
        (await Jobs.ListAsync(new JobFilter(), null, 1_000, Stop)).Count;

    [Fact]
    public async Task A_fire_writes_occurrences_jobs_and_the_next_due_time()
    {
        var schedule = await PutAsync(Rule("a"));
        var missed = new DueOccurrence(Noon.AddHours(-1), OccurrenceOutcome.Coalesced, Job: null);
        var count = await FireAsync(schedule, missed, Due(0));

        var after = (await Schedules.FindAsync("a", Stop))!;
        var occurrences = await OccurrencesAsync("a");
        var job = Assert.Single(await Jobs.ListAsync(new JobFilter(), null, 10, Stop));
        Assert.Equal(1, count);
        Assert.Equal((Noon.AddHours(1), Noon, schedule.Version), (after.NextDue, after.LastDue, after.Version));
        Assert.Equal([new Occurrence(Noon, OccurrenceOutcome.Enqueued, job.Id, Noon),
            new Occurrence(Noon.AddHours(-1), OccurrenceOutcome.Coalesced, null, Noon)], occurrences);
        Assert.Equal([Noon], (await Schedules.OccurrencesAsync("a", null, 1, Stop)).Select(one => one.DueAt));
        Assert.Equal([Noon.AddHours(-1)],
            (await Schedules.OccurrencesAsync("a", Noon, 1, Stop)).Select(one => one.DueAt));
        Assert.Empty(await OccurrencesAsync("b"));
    }

    [Fact]
    public async Task The_newest_occurrences_of_several_schedules_are_read_at_once()
    {
        await FireAsync(await PutAsync(Rule("a")), Due(-2), Due(-1), Due(0));
        await FireAsync(await PutAsync(Rule("b")), Due(0));
        await PutAsync(Rule("c"));

        var latest = await Schedules.LatestAsync(["b", "c", "a", "nobody"], 2, Stop);

        Assert.Equal((await OccurrencesAsync("a")).Take(2), latest["a"]);
        Assert.Equal(await OccurrencesAsync("b"), latest["b"]);
        Assert.Equal((2, 0), (latest.Count, latest["c"].Count()));
        Assert.Empty(await Schedules.LatestAsync([], 2, Stop));
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
    public async Task Several_schedules_are_fired_at_once_and_one_that_changed_is_left_out()
    {
        var (a, b, c) = (await PutAsync(Rule("a")), await PutAsync(Rule("b")), await PutAsync(Rule("c")));
        await Schedules.PauseAsync("b", "bob", Noon, Stop);
        var fired = await Schedules.FireAsync([Fire(c, Due(0)), Fire(b, Due(0)), Fire(a, Due(-1), Due(0))], Noon, Stop);

        Assert.Equal([1, null, 2], fired.Select(one => one?.Jobs));
        Assert.Equal([Noon.AddHours(-1), Noon], fired[2]!.Occurrences.Select(one => one.DueAt));
        Assert.Equal(fired[2]!.Occurrences.Reverse(), await OccurrencesAsync("a"));
        Assert.Equal((1, 0), ((await OccurrencesAsync("c")).Count, (await OccurrencesAsync("b")).Count));
        Assert.Equal(3, await CountJobsAsync());
    }

    [Fact]
    public async Task Two_nodes_that_fire_the_same_hundred_schedules_fire_each_once()
    {
        var schedules = new List<Schedule>();
        for (var number = 0; number < 100; number++)
            schedules.Add(await PutAsync(Rule($"schedule-{number:000}")));
        var there = schedules.Select(one => Fire(one, Due(0))).ToList();
        var back = there.AsEnumerable().Reverse().ToList();
        var fired = new List<int>();
        while (await CountJobsAsync() < 100)
        {
            var both = await Task.WhenAll(
                Schedules.FireAsync(there, Noon, Stop), Schedules.FireAsync(back, Noon, Stop));
            fired.AddRange(both.SelectMany(one => one).Where(one => one is not null).Select(one => one!.Jobs));
        }

        Assert.Equal(100, fired.Sum());
        Assert.Equal(100, await CountJobsAsync());
        Assert.All(await Task.WhenAll(schedules.Select(one => OccurrencesAsync(one.Name))),
            rows => Assert.Single(rows));
    }

    [Fact]
    public async Task A_fire_of_a_schedule_that_was_edited_paused_or_removed_writes_nothing()
    {
        var read = await PutAsync(Rule("a"));
        await PutAsync(Rule("a") with { Kind = "other.kind" });
        Assert.Null(await FireAsync(read, Due(0)));

        var edited = (await Schedules.FindAsync("a", Stop))!;
        await Schedules.PauseAsync("a", "bob", Noon, Stop);
        Assert.Null(await FireAsync(edited, Due(0)));
        await RemoveAsync("a");
        Assert.Null(await FireAsync(edited, Due(0)));

        Assert.Equal(0, await CountJobsAsync());
        Assert.Empty(await OccurrencesAsync("a"));
    }

    [Fact]
    public async Task A_fire_whose_last_insert_fails_leaves_everything_as_it_was()
    {
        var schedule = await PutAsync(Rule("a"));
        var refused = new JobTemplate { Kind = "some.kind", DependsOn = [new JobId(999)] };
        await Assert.ThrowsAsync<InvalidFieldException>(() => FireAsync(schedule, Due(0), Due(1, refused)));

        var after = (await Schedules.FindAsync("a", Stop))!;
        Assert.Equal((schedule.NextDue, schedule.LastDue), (after.NextDue, after.LastDue));
        Assert.Empty(await OccurrencesAsync("a"));
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

        var occurrences = await OccurrencesAsync("a");
        Assert.Equal([OccurrenceOutcome.Skipped, OccurrenceOutcome.Enqueued], occurrences.Select(one => one.Outcome));
        Assert.Equal(occurrences[1].JobId, occurrences[0].JobId);
    }

    [Fact]
    public async Task Occurrences_of_over_31_days_are_dropped_but_the_newest_hundred_stay_and_ten_thousand_at_most()
    {
        var missed = new DueOccurrence(Noon, OccurrenceOutcome.Missed, Job: null);
        var rows = Enumerable.Range(-1_499, 1_500)
            .Select(hour => missed with { DueAt = Noon.AddHours(hour) }).ToArray();
        await FireAsync(await PutAsync(Rule("long")), rows);
        await FireAsync(await PutAsync(Rule("rare")),
            [.. rows[..150].Select(one => one with { DueAt = one.DueAt.AddDays(-100) })]);

        var often = Enumerable.Range(1, 10_050)
            .Select(second => missed with { DueAt = Noon.AddSeconds(-second) }).ToArray();
        await FireAsync(await PutAsync(Rule("often")), often);
        await FireAsync(await PutAsync(Rule("few")), rows[..3]);
        await Schedules.DropOldAsync(["long", "rare", "often", "few"], Noon, Stop);

        Assert.Equal(31 * 24 + 1, (await OccurrencesAsync("long")).Count);
        Assert.Equal(100, (await OccurrencesAsync("rare")).Count);
        Assert.Equal(3, (await OccurrencesAsync("few")).Count);
        Assert.Equal([Noon.AddSeconds(-10_000)],
            (await Schedules.OccurrencesAsync("often", Noon.AddSeconds(-9_999), 1_000, Stop)).Select(one => one.DueAt));
    }

    [Fact]
    public async Task A_removed_schedule_takes_its_occurrences_and_secrets_and_leaves_its_jobs()
    {
        var schedule = await PutAsync(Rule("a") with { SetsSecrets = true, SecretToken = "token" });
        await FireAsync(schedule, Due(0));

        Assert.Equal(PutOutcome.Changed, (await RemoveAsync("a"))?.Outcome);
        Assert.Null(await RemoveAsync("a"));
        Assert.Empty(await OccurrencesAsync("a"));
        Assert.Null(await Store.Secrets.FindOfScheduleAsync("a", Stop));
        Assert.Equal(1, await CountJobsAsync());
    }
}
