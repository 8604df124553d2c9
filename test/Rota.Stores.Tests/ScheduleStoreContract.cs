using Rota.Schedules;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>What every store must do with schedules.</summary>
public abstract class ScheduleStoreContract : StoreContract
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

    private async Task<Schedule> PutAsync(SchedulePut put) => (await Schedules.PutAsync(put, Noon, Stop)).Schedule!;

    [Fact]
    public async Task What_was_put_is_found_and_listed_by_name()
    {
        var options = new JobOptions
        {
            Queue = "mail",
            Timeout = TimeSpan.FromSeconds(8),
            Backoff = Backoff.Fixed(TimeSpan.FromSeconds(1)),
            Unique = new Unique("u", UniqueScope.ForPeriod, TimeSpan.FromHours(1)),
            Metadata = new Dictionary<string, string> { ["a"] = "b" },
        };
        var policy = new RunPolicy
        {
            Misfire = Misfire.RunAll,
            MisfireGrace = TimeSpan.FromMinutes(5),
            CatchUpWindow = TimeSpan.FromHours(6),
            MaxRunning = 2,
            WhenFull = WhenFull.CancelOld,
        };
        await Schedules.PutAsync(Rule("b") with { Options = options, Policy = policy }, Noon, Stop);
        await Schedules.PutAsync(Rule("a"), Noon, Stop);

        var found = (await Schedules.FindAsync("b", Stop))!;
        Assert.Equal((Hourly, "some.kind", policy, 1L),
            (found.Trigger, found.Kind, found.Policy, found.Version));
        Assert.Equal((Noon, null, Noon), (found.NextDue, found.LastDue, found.CreatedAt));
        Assert.Equal("""{"a":1}"""u8.ToArray(), found.Args.ToArray());
        Assert.Equal((options.Queue, options.Timeout, options.Unique),
            (found.Options.Queue, found.Options.Timeout, found.Options.Unique));
        Assert.Equal(options.Backoff.Delays, found.Options.Backoff!.Delays);
        Assert.Equal(options.Metadata, found.Options.Metadata);
        Assert.Equal(["a", "b"], (await Schedules.ListAsync(null, 10, Stop)).Select(schedule => schedule.Name));
        Assert.Equal(["a"], (await Schedules.ListAsync(null, 1, Stop)).Select(schedule => schedule.Name));
        Assert.Equal(new JobOptions(), (await Schedules.FindAsync("a", Stop))!.Options);
        Assert.Null(await Schedules.FindAsync("c", Stop));
    }

    [Fact]
    public async Task A_second_put_keeps_the_due_time_while_the_trigger_is_the_same()
    {
        await PutAsync(Rule("a"));
        var same = await Schedules.PutAsync(Rule("a") with { Kind = "other", NextDue = Noon.AddHours(5) }, Noon, Stop);
        var changed = await PutAsync(
            Rule("a") with { Trigger = new OnceTrigger(Noon.AddHours(5)), NextDue = Noon.AddHours(5) });

        Assert.Equal(PutOutcome.Changed, same.Outcome);
        Assert.Equal((Noon, "other", 2L), (same.Schedule!.NextDue, same.Schedule.Kind, same.Schedule.Version));
        Assert.Equal(Noon.AddHours(5), changed.NextDue);
    }

    [Fact]
    public async Task Secrets_stay_until_a_put_sets_them()
    {
        await PutAsync(Rule("a") with { SetsSecrets = true, SecretToken = "token" });
        var kept = await PutAsync(Rule("a"));
        Assert.True(kept.HasSecrets);
        Assert.Equal("token", await Store.Secrets.FindOfScheduleAsync("a", Stop));

        var removed = await PutAsync(Rule("a") with { SetsSecrets = true });
        Assert.False(removed.HasSecrets);
        Assert.Null(await Store.Secrets.FindOfScheduleAsync("a", Stop));
    }

    [Fact]
    public async Task A_paused_schedule_is_not_due_until_it_is_resumed()
    {
        var made = await PutAsync(Rule("a"));
        Assert.True(await Schedules.PauseAsync("a", "bob", Noon, Stop));
        Assert.False(await Schedules.PauseAsync("a", "bob", Noon, Stop));
        var paused = await PutAsync(Rule("a"));
        Assert.True(paused is { IsPaused: true, NextDue: null });
        Assert.Empty(await Schedules.DueAsync(Noon.AddDays(1), null, 10, Stop));

        Assert.False(await Schedules.ResumeAsync("a", made.Version, Noon, "bob", Noon, Stop));
        Assert.True(await Schedules.ResumeAsync("a", paused.Version, Noon.AddHours(2), "bob", Noon, Stop));
        Assert.False(await Schedules.ResumeAsync("a", paused.Version, Noon, "bob", Noon, Stop));
        Assert.Equal(Noon.AddHours(2), (await Schedules.FindAsync("a", Stop))!.NextDue);
        Assert.False(await Schedules.PauseAsync("b", "bob", Noon, Stop));
    }

    [Fact]
    public async Task Due_times_come_page_by_page()
    {
        await PutAsync(Rule("c"));
        await PutAsync(Rule("b") with { NextDue = Noon.AddSeconds(-1) });
        await PutAsync(Rule("a"));
        await PutAsync(Rule("later") with { NextDue = Noon.AddTicks(10) });
        await PutAsync(Rule("never") with { NextDue = null });
        await PutAsync(Rule("paused") with { IsPaused = true });

        var first = await Schedules.DueAsync(Noon, null, 2, Stop);
        var second = await Schedules.DueAsync(Noon, first[^1], 2, Stop);
        Assert.Equal([new DueTime("b", 1, Noon.AddSeconds(-1)), new DueTime("a", 1, Noon)], first);
        Assert.Equal([new DueTime("c", 1, Noon)], second);
        Assert.Empty(await Schedules.DueAsync(Noon.AddDays(-1), null, 10, Stop));
        Assert.Equal(4, (await Schedules.DueAsync(Noon.AddDays(1), null, 10, Stop)).Count);
    }

    [Theory]
    [InlineData("nonsense", null)]
    [InlineData("""{"cron":"99 * * * *"}""", null)]
    [InlineData(null, "nonsense")]
    [InlineData(null, """{"priority":"high"}""")]
    public async Task A_schedule_that_cannot_be_read_says_why_and_hides_no_other(string? trigger, string? options)
    {
        await PutAsync(Rule("bad"));
        await PutAsync(Rule("good"));
        await Store.DamageScheduleAsync("bad", trigger, options);

        Assert.Equal(2, (await Schedules.DueAsync(Noon, null, 10, Stop)).Count);
        var found = await Schedules.FindAsync(["good", "bad", "missing"], Stop);
        var bad = Assert.Single(found, schedule => schedule.Broken is not null);
        Assert.Equal((2, "bad", null), (found.Count, bad.Name, bad.Trigger));
        Assert.NotNull((await Schedules.ListAsync(null, 10, Stop))[1].Trigger);
    }

    [Fact]
    public async Task A_put_and_a_resume_wake_the_scheduler()
    {
        var schedule = await PutAsync(Rule("a"));
        Assert.True(await IsAwakeAsync());
        Assert.False(await IsAwakeAsync());

        await Schedules.PauseAsync("a", "bob", Noon, Stop);
        await Schedules.ResumeAsync("a", schedule.Version + 1, Noon, "bob", Noon, Stop);
        Assert.True(await IsAwakeAsync());
    }

    [Fact]
    public async Task Every_change_is_a_version_with_who_did_it_and_the_rule_as_it_stood()
    {
        await PutAsync(Rule("a"));
        await PutAsync(Rule("a") with { Kind = "other", Actor = "bob", Owner = "code:shop" });
        await Schedules.PauseAsync("a", "carl", Noon.AddHours(1), Stop);
        await Schedules.ResumeAsync("a", 3, Noon, "dora", Noon.AddHours(2), Stop);
        await Schedules.RemoveAsync(new ScheduleRemove("a", "code:shop", false, "eve"), Noon.AddHours(3), Stop);
        await PutAsync(Rule("a") with { Actor = "fred" });
        await PutAsync(Rule("b"));

        var versions = await Schedules.VersionsAsync("a", 10, Stop);
        Assert.Equal("6 fred Made, 5 eve Removed, 4 dora Resumed, 3 carl Paused, 2 bob Changed, 1 ann Made",
            string.Join(", ", versions.Select(one => $"{one.Version} {one.Actor} {one.Change}")));
        Assert.Equal([false, false, false, true, false, false], versions.Select(one => one.Rule.IsPaused));
        Assert.Equal(["some.kind", "other", "other", "other", "other", "some.kind"],
            versions.Select(one => one.Rule.Kind));
        Assert.Equal(Noon.AddHours(3), versions[1].At);
        Assert.Equal(("code:shop", """{"a":1}"""), (versions[1].Rule.Owner, versions[1].Rule.Args.GetRawText()));
        Assert.Equal([6L, 5L], (await Schedules.VersionsAsync("a", 2, Stop)).Select(one => one.Version));
        Assert.Equal(6, (await Schedules.FindAsync("a", Stop))!.Version);
        Assert.Single(await Schedules.VersionsAsync("b", 10, Stop));
        Assert.Empty(await Schedules.VersionsAsync("c", 10, Stop));
    }

    [Fact]
    public async Task A_put_that_changes_nothing_writes_nothing()
    {
        var made = await PutAsync(Rule("a") with { Options = new JobOptions { Tags = ["x", "y"] } });
        var again = await Schedules.PutAsync(Rule("a") with
        {
            Options = new JobOptions { Tags = ["x", "y"] },
            Actor = "bob",
        }, Noon.AddHours(1), Stop);

        Assert.Equal((PutOutcome.Unchanged, made.Version, made.UpdatedAt),
            (again.Outcome, again.Schedule!.Version, again.Schedule.UpdatedAt));
        Assert.Single(await Schedules.VersionsAsync("a", 10, Stop));
    }

    [Fact]
    public async Task The_newest_hundred_versions_are_kept_and_those_of_a_removed_schedule_for_ninety_days()
    {
        for (var number = 1; number <= 105; number++)
            await PutAsync(Rule("a") with { Kind = $"kind-{number}" });
        var versions = await Schedules.VersionsAsync("a", 100, Stop);
        Assert.Equal((100, 105L, 6L), (versions.Count, versions[0].Version, versions[^1].Version));

        await PutAsync(Rule("b"));
        await PutAsync(Rule("c"));
        await RemoveAsync("a", Noon);
        await RemoveAsync("b", Noon.AddDays(90));
        Assert.NotEmpty(await Schedules.VersionsAsync("a", 1, Stop));
        await RemoveAsync("c", Noon.AddDays(91));
        Assert.Empty(await Schedules.VersionsAsync("a", 1, Stop));
        Assert.Equal(2, (await Schedules.VersionsAsync("b", 10, Stop)).Count);
    }

    private Task<ScheduleStored?> RemoveAsync(string name, DateTimeOffset at) =>
        Schedules.RemoveAsync(new ScheduleRemove(name, Owner: null, TakesOver: false, "bob"), at, Stop);

    [Fact]
    public async Task A_name_that_is_taken_is_replaced_refused_or_kept_as_the_put_says()
    {
        var other = Rule("a") with { Kind = "other" };
        Assert.Equal(PutOutcome.Made,
            (await Schedules.PutAsync(Rule("a") with { OnConflict = NameConflict.Fail }, Noon, Stop)).Outcome);
        var refused = await Schedules.PutAsync(other with { OnConflict = NameConflict.Fail }, Noon, Stop);
        var kept = await Schedules.PutAsync(other with { OnConflict = NameConflict.Keep }, Noon, Stop);
        Assert.Equal((PutOutcome.Exists, PutOutcome.Unchanged), (refused.Outcome, kept.Outcome));
        Assert.Equal("some.kind", (await Schedules.FindAsync("a", Stop))!.Kind);

        var replaced = await Schedules.PutAsync(other, Noon, Stop);
        Assert.Equal((PutOutcome.Changed, "other"), (replaced.Outcome, replaced.Schedule!.Kind));
    }

    [Fact]
    public async Task A_put_for_a_version_that_is_gone_by_is_refused()
    {
        var made = await PutAsync(Rule("a"));
        var edit = Rule("a") with { Kind = "other", IfVersion = made.Version };
        var first = await Schedules.PutAsync(edit, Noon, Stop);
        var second = await Schedules.PutAsync(edit with { Kind = "third" }, Noon, Stop);
        var nobody = await Schedules.PutAsync(edit with { Name = "b" }, Noon, Stop);

        Assert.Equal((PutOutcome.Changed, PutOutcome.Stale, PutOutcome.Stale),
            (first.Outcome, second.Outcome, nobody.Outcome));
        Assert.Equal((2L, null), (second.Schedule?.Version, nobody.Schedule));
        Assert.Equal("other", (await Schedules.FindAsync("a", Stop))!.Kind);
    }

    [Fact]
    public async Task Of_puts_at_once_for_one_version_one_is_written()
    {
        var made = await PutAsync(Rule("a"));
        var stored = await Task.WhenAll(Enumerable.Range(0, 16).Select(number => Schedules.PutAsync(
            Rule("a") with { Kind = $"kind-{number}", IfVersion = made.Version }, Noon, Stop)));
        var made2 = await Task.WhenAll(Enumerable.Range(0, 16).Select(number => Schedules.PutAsync(
            Rule("b") with { Kind = $"kind-{number}", OnConflict = NameConflict.Fail }, Noon, Stop)));

        Assert.Single(stored, one => one.Outcome == PutOutcome.Changed);
        Assert.Single(made2, one => one.Outcome == PutOutcome.Made);
        Assert.Equal(2, (await Schedules.FindAsync("a", Stop))!.Version);
    }

    [Fact]
    public async Task Only_its_owner_changes_or_removes_a_schedule_unless_somebody_takes_it_over()
    {
        await PutAsync(Rule("a") with { Owner = "code:shop" });
        var foreign = Rule("a") with { Kind = "other", Owner = "file:schedules.yaml" };

        Assert.Equal(PutOutcome.Owned, (await Schedules.PutAsync(foreign, Noon, Stop)).Outcome);
        Assert.Equal(PutOutcome.Owned, (await RemoveAsync("a", Noon))?.Outcome);
        Assert.Equal(PutOutcome.Owned, (await Schedules.PutAsync(Rule("a"), Noon, Stop)).Outcome);
        Assert.True(await Schedules.PauseAsync("a", "bob", Noon, Stop));
        Assert.Equal("some.kind", (await Schedules.FindAsync("a", Stop))!.Kind);

        var taken = await Schedules.PutAsync(foreign with { TakesOver = true }, Noon, Stop);
        Assert.Equal(("other", "file:schedules.yaml"), (taken.Schedule!.Kind, taken.Schedule.Owner));
        var free = await Schedules.PutAsync(Rule("a") with { TakesOver = true }, Noon, Stop);
        Assert.Null(free.Schedule!.Owner);
        Assert.Equal(PutOutcome.Changed, (await RemoveAsync("a", Noon))?.Outcome);
    }

    private Task<bool> IsAwakeAsync() => Store.Signals.Schedules.WaitAsync(TimeSpan.Zero, TimeProvider.System, Stop);
}
