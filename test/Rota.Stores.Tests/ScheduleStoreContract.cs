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
    };

    private async Task<Schedule> PutAsync(SchedulePut put) => (await Schedules.PutAsync(put, Noon, Stop)).Schedule;

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
        await Schedules.PutAsync(Rule("b") with { Options = options, Misfire = Misfire.RunAll }, Noon, Stop);
        await Schedules.PutAsync(Rule("a"), Noon, Stop);

        var found = (await Schedules.FindAsync("b", Stop))!;
        Assert.Equal((Hourly, "some.kind", Misfire.RunAll, 1L),
            (found.Trigger, found.Kind, found.Misfire, found.Version));
        Assert.Equal((Noon, null, Noon), (found.NextDue, found.LastDue, found.CreatedAt));
        Assert.Equal("""{"a":1}"""u8.ToArray(), found.Args.ToArray());
        Assert.Equal((options.Queue, options.Timeout, options.Unique),
            (found.Options.Queue, found.Options.Timeout, found.Options.Unique));
        Assert.Equal(options.Backoff.Delays, found.Options.Backoff!.Delays);
        Assert.Equal(options.Metadata, found.Options.Metadata);
        Assert.Equal(["a", "b"], (await Schedules.ListAsync(10, Stop)).Select(schedule => schedule.Name));
        Assert.Equal(["a"], (await Schedules.ListAsync(1, Stop)).Select(schedule => schedule.Name));
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

        Assert.False(same.IsNew);
        Assert.Equal((Noon, "other", 2L), (same.Schedule.NextDue, same.Schedule.Kind, same.Schedule.Version));
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
        Assert.True(await Schedules.PauseAsync("a", Noon, Stop));
        Assert.False(await Schedules.PauseAsync("a", Noon, Stop));
        var paused = await PutAsync(Rule("a"));
        Assert.True(paused is { IsPaused: true, NextDue: null });
        Assert.Empty(await Schedules.DueAsync(Noon.AddDays(1), null, 10, Stop));

        Assert.False(await Schedules.ResumeAsync("a", made.Version, Noon, Noon, Stop));
        Assert.True(await Schedules.ResumeAsync("a", paused.Version, Noon.AddHours(2), Noon, Stop));
        Assert.False(await Schedules.ResumeAsync("a", paused.Version, Noon, Noon, Stop));
        Assert.Equal(Noon.AddHours(2), (await Schedules.FindAsync("a", Stop))!.NextDue);
        Assert.False(await Schedules.PauseAsync("b", Noon, Stop));
    }

    [Fact]
    public async Task Due_schedules_come_in_order_page_by_page()
    {
        await PutAsync(Rule("c"));
        await PutAsync(Rule("b") with { NextDue = Noon.AddSeconds(-1) });
        await PutAsync(Rule("a"));
        await PutAsync(Rule("later") with { NextDue = Noon.AddTicks(10) });
        await PutAsync(Rule("never") with { NextDue = null });
        await PutAsync(Rule("paused") with { IsPaused = true });

        var first = await Schedules.DueAsync(Noon, null, 2, Stop);
        var second = await Schedules.DueAsync(Noon, first[^1], 2, Stop);
        Assert.Equal(["b", "a"], first.Select(schedule => schedule.Name));
        Assert.Equal(["c"], second.Select(schedule => schedule.Name));
        Assert.Equal(Noon.AddTicks(10), await Schedules.NextDueAsync(Noon, Stop));
        Assert.Null(await Schedules.NextDueAsync(Noon.AddDays(1), Stop));
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

        var due = await Schedules.DueAsync(Noon, null, 10, Stop);
        Assert.Equal([false, true], due.Select(schedule => schedule.Broken is null));
        Assert.Null(due[0].Trigger);
        Assert.NotNull((await Schedules.ListAsync(10, Stop))[1].Trigger);
    }

    [Fact]
    public async Task A_put_and_a_resume_wake_the_scheduler()
    {
        var schedule = await PutAsync(Rule("a"));
        Assert.True(await IsAwakeAsync());
        Assert.False(await IsAwakeAsync());

        await Schedules.PauseAsync("a", Noon, Stop);
        await Schedules.ResumeAsync("a", schedule.Version + 1, Noon, Noon, Stop);
        Assert.True(await IsAwakeAsync());
    }

    private Task<bool> IsAwakeAsync() => Store.Signals.Schedules.WaitAsync(TimeSpan.Zero, TimeProvider.System, Stop);
}
