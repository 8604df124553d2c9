using System.Text;
using Rota.Schedules;
using Rota.Secrets;
using Rota.Storage;
using Xunit;

namespace Rota.Tests.Schedules;

public sealed class ScheduleOperationsTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Midnight = ScheduleHost.Midnight;
    private static readonly Trigger Hourly = new IntervalTrigger(TimeSpan.FromHours(1), Midnight);
    private static readonly CancellationToken Stop = CancellationToken.None;

    private readonly ScheduleHost _host = new();

    private static ScheduleDefinition Definition => new()
    {
        Name = "tea",
        Trigger = Hourly,
        Kind = "tea.pour",
        Args = Encoding.UTF8.GetBytes("""{"cups":2}"""),
    };

    private static readonly RunPolicy Skips = new() { Misfire = Misfire.Skip };

    private Task<(Schedule Schedule, PutOutcome Outcome)> PutAsync(ScheduleDefinition definition) =>
        _host.Operations.PutAsync(definition, "ann", Stop);

    private Task<IReadOnlyList<Schedule>> ListAsync(string? tag = null) =>
        _host.Operations.ListAsync(tag, null, 100, Stop);

    private Task RemoveAsync(string name) => _host.Operations.RemoveAsync(name, null, false, "ann", Stop);

    [Fact]
    public async Task A_schedule_is_put_shown_replaced_and_removed()
    {
        var (made, first) = await PutAsync(Definition);
        var (replaced, second) = await PutAsync(Definition with { Policy = Skips });

        Assert.Equal((PutOutcome.Made, PutOutcome.Changed), (first, second));
        Assert.Equal(Midnight.AddHours(1), made.NextDue);
        Assert.Equal((Misfire.Skip, made.Version + 1), (replaced.Policy.Misfire, replaced.Version));
        Assert.Equal("tea", Assert.Single(await ListAsync()).Name);
        await RemoveAsync("tea");
        await Assert.ThrowsAsync<NotFoundException>(() => _host.Operations.GetAsync("tea", Stop));
        await Assert.ThrowsAsync<NotFoundException>(() => RemoveAsync("tea"));
    }

    [Theory]
    [InlineData("H 2 * * *", null, "tea")]
    [InlineData("H 2 * * *", "coffee", "coffee")]
    [InlineData("5 2 * * *", null, null)]
    public async Task A_spread_follows_the_name_unless_it_has_one(string text, string? spread, string? stored)
    {
        var cron = CronExpression.Parse(text, spread: spread);
        var definition = Definition with { Trigger = new CronTrigger(cron, "UTC") };
        var (schedule, _) = await PutAsync(definition);
        await PutAsync(definition);

        var trigger = Assert.IsType<CronTrigger>((await _host.Operations.GetAsync("tea", Stop)).Trigger);
        Assert.Equal(stored, trigger.Cron.Spread);
        Assert.Equal(trigger.Next(Midnight), schedule.NextDue);
    }

    [Fact]
    public async Task A_pause_misses_nothing_and_a_resume_counts_from_now()
    {
        await PutAsync(Definition with { Policy = new RunPolicy { Misfire = Misfire.RunAll } });
        var paused = await _host.Operations.PauseAsync("tea", "ann", Stop);
        _host.Time.Advance(TimeSpan.FromMinutes(200));
        await _host.PassAsync();
        var resumed = await _host.Operations.ResumeAsync("tea", "ann", Stop);
        await _host.PassAsync();

        Assert.True(paused is { IsPaused: true, NextDue: null });
        Assert.Equal((false, Midnight.AddHours(4)), (resumed.IsPaused, resumed.NextDue));
        Assert.Empty(await _host.OccurrencesAsync("tea"));
    }

    [Fact]
    public async Task A_resume_of_a_schedule_that_is_not_paused_loses_no_occurrence()
    {
        await PutAsync(Definition);
        _host.Time.Advance(TimeSpan.FromHours(1));
        await _host.Operations.ResumeAsync("tea", "ann", Stop);
        await _host.PassAsync();

        Assert.Single(await _host.JobsAsync("tea"));
    }

    [Fact]
    public async Task An_edit_leaves_pause_secrets_and_due_time_unless_they_are_given()
    {
        await PutAsync(
            Definition with { Secrets = new Dictionary<string, string> { ["token"] = "t-1" } });
        _host.Time.Advance(TimeSpan.FromMinutes(61));
        var (kept, _) = await PutAsync(Definition with { Policy = Skips });

        Assert.True(kept.HasSecrets);
        Assert.Equal(Midnight.AddHours(1), kept.NextDue);
        Assert.Equal("t-1", (await _host.Get<SecretOperations>().ReadScheduleAsync("tea", Stop))["token"]);

        await _host.Operations.PauseAsync("tea", "ann", Stop);
        var (removed, _) = await PutAsync(
            Definition with { Secrets = new Dictionary<string, string>() });
        Assert.False(removed.HasSecrets);
        Assert.True(removed is { IsPaused: true, NextDue: null });

        var (resumed, _) = await PutAsync(Definition with { IsPaused = false });
        Assert.Equal((false, Midnight.AddHours(2)), (resumed.IsPaused, resumed.NextDue));
    }

    [Fact]
    public async Task A_run_by_hand_enqueues_at_once_and_leaves_the_trigger_alone()
    {
        await PutAsync(
            Definition with { Options = new JobOptions { Delay = TimeSpan.FromMinutes(5), Priority = 2 } });
        await _host.Operations.PauseAsync("tea", "ann", Stop);
        var enqueued = await _host.Operations.RunAsync("tea", Stop);

        var job = Assert.Single(await _host.JobsAsync("tea"));
        Assert.Equal((enqueued.Id, JobState.Queued, "kitchen", 2), (job.Id, job.State, job.Queue, job.Priority));
        Assert.Equal("""{"cups":2}""", Encoding.UTF8.GetString(job.Args.Span));
        Assert.Empty(await _host.Operations.OccurrencesAsync("tea", null, 100, Stop));
        Assert.True((await _host.Operations.GetAsync("tea", Stop)).IsPaused);
    }

    [Fact]
    public async Task An_alias_is_stored_as_its_kind_and_an_unknown_kind_as_it_is()
    {
        var (known, _) = await PutAsync(Definition with { Kind = "extensions.tea.job:PourJob" });
        var (unknown, _) = await PutAsync(
            Definition with { Kind = "extensions.other.job:Other" });

        Assert.Equal("tea.pour", known.Kind);
        Assert.Equal("extensions.other.job:Other", unknown.Kind);
    }

    public static TheoryData<string, ScheduleDefinition> Wrong => new()
    {
        { "name", Definition with { Name = "no spaces" } },
        { "kind", Definition with { Kind = "" } },
        { "trigger", Definition with { Trigger = new OnceTrigger(Midnight.AddDays(-1)) } },
        { "args", Definition with { Args = Encoding.UTF8.GetBytes("""{"cups":"two"}""") } },
        { "args", Definition with { Args = Encoding.UTF8.GetBytes("{"), Kind = "unknown" } },
        { "options.queue", Definition with { Options = new JobOptions { Queue = "no spaces" } } },
        { "options.priority", Definition with { Options = new JobOptions { Priority = 10 } } },
        { "options.key", Definition with { Options = new JobOptions { Key = "one" } } },
        { "options.run_at", Definition with { Options = new JobOptions { RunAt = Midnight } } },
        { "options.depends_on", Definition with { Options = new JobOptions { DependsOn = [new JobId(1)] } } },
        { "owner", Definition with { Owner = "a file" } },
        { "when_full", Definition with { Policy = new RunPolicy { WhenFull = WhenFull.Queue } } },
        { "secrets", Definition with { Secrets = new Dictionary<string, string> { ["no spaces"] = "x" } } },
        { "secrets.token", Definition with { Secrets = new Dictionary<string, string> { ["token"] = "" } } },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task A_wrong_definition_is_refused_with_the_name_of_the_field(
        string field, ScheduleDefinition definition)
    {
        var error = await Assert.ThrowsAsync<InvalidFieldException>(() => PutAsync(definition));

        Assert.Equal(field, error.Field);
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task A_schedule_that_ran_once_can_be_put_again()
    {
        var once = Definition with { Trigger = new OnceTrigger(Midnight.AddMinutes(1)) };
        await PutAsync(once);
        _host.Time.Advance(TimeSpan.FromMinutes(2));
        await _host.PassAsync();
        var (again, _) = await PutAsync(once with { Policy = Skips });
        await _host.PassAsync();

        Assert.Null(again.NextDue);
        Assert.Single(await _host.JobsAsync("tea"));
    }

    [Fact]
    public async Task A_broken_schedule_is_not_run_or_resumed_and_is_mended_by_a_put()
    {
        await PutAsync(Definition with { IsPaused = true });
        await _host.RunSqlAsync("UPDATE schedule SET trigger = 'nonsense'");

        Assert.Equal("schedule.broken",
            (await Assert.ThrowsAsync<ConflictException>(() => _host.Operations.RunAsync("tea", Stop))).Code);
        Assert.Equal("schedule.broken",
            (await Assert.ThrowsAsync<ConflictException>(() => _host.Operations.ResumeAsync("tea", "ann", Stop))).Code);
        var (mended, _) = await PutAsync(Definition with { IsPaused = false });
        Assert.Null(mended.Broken);
        Assert.Equal(Midnight.AddHours(1), mended.NextDue);
    }

    [Fact]
    public async Task All_or_those_with_a_tag_are_paused_and_resumed()
    {
        await PutAsync(Definition with { Name = "a", Options = new JobOptions { Tags = ["nightly", "mail"] } });
        var paused = Definition with { Options = new JobOptions { Tags = ["nightly"] }, IsPaused = true };
        await PutAsync(paused with { Name = "b" });
        await PutAsync(Definition with { Name = "c" });

        Assert.Equal(["a", "b"], (await ListAsync("nightly")).Select(one => one.Name));
        Assert.Equal(["a"], await _host.Operations.PauseAllAsync("nightly", "ann", Stop));
        Assert.Equal(["c"], await _host.Operations.PauseAllAsync(null, "ann", Stop));
        Assert.Equal(["a"], await _host.Operations.ResumeAllAsync("mail", "ann", Stop));
        await _host.RunSqlAsync("UPDATE schedule SET trigger = 'nonsense' WHERE name = 'b'");
        Assert.Equal(["c"], await _host.Operations.ResumeAllAsync(null, "ann", Stop));
        Assert.Equal([false, true, false], (await ListAsync()).Select(one => one.IsPaused));
    }

    [Fact]
    public async Task A_removed_schedule_is_restored_and_an_edit_undone()
    {
        await PutAsync(Definition with { Options = new JobOptions { Timeout = TimeSpan.FromMinutes(5) } });
        await PutAsync(Definition with { Trigger = new OnceTrigger(Midnight.AddHours(9)), Policy = Skips });
        var undone = await _host.Operations.RestoreAsync("tea", 1, "bob", Stop);
        Assert.Equal((Hourly, TimeSpan.FromMinutes(5), new RunPolicy(), 3L),
            (undone.Trigger, undone.Options.Timeout, undone.Policy, undone.Version));

        await RemoveAsync("tea");
        var back = await _host.Operations.RestoreAsync("tea", 2, "bob", Stop);
        Assert.Equal((Midnight.AddHours(9), Skips, 5L), (back.NextDue, back.Policy, back.Version));
        Assert.Equal(["Made bob", "Removed ann", "Changed bob", "Changed ann", "Made ann"],
            (await _host.Operations.VersionsAsync("tea", 9, Stop)).Select(one => $"{one.Change} {one.Actor}"));
        var error = await Assert.ThrowsAsync<NotFoundException>(
            () => _host.Operations.RestoreAsync("tea", 9, "bob", Stop));
        Assert.Equal("version.not_found", error.Code);
    }

    private async Task<PutOutcome> PlanAsync(ScheduleDefinition definition) =>
        (await _host.Operations.PlanAsync(definition, Stop)).Outcome;

    [Fact]
    public async Task What_is_defined_elsewhere_is_not_restored_past_its_owner()
    {
        var owned = Definition with { Owner = "code:shop" };
        await PutAsync(owned);
        await PutAsync(owned with { Policy = Skips });
        var error = await Assert.ThrowsAsync<ConflictException>(
            () => _host.Operations.RestoreAsync("tea", 1, "bob", Stop));
        Assert.Equal("schedule.owned", error.Code);

        await _host.Operations.RemoveAsync("tea", "code:shop", false, "ann", Stop);
        Assert.Null((await _host.Operations.RestoreAsync("tea", 1, "bob", Stop)).Owner);
    }

    [Fact]
    public async Task A_plan_says_what_a_put_would_do_and_changes_nothing()
    {
        var owned = Definition with { Owner = "file:a" };
        Assert.Equal(PutOutcome.Made, await PlanAsync(owned));
        await PutAsync(owned);

        Assert.Equal(PutOutcome.Unchanged, await PlanAsync(owned));
        Assert.Equal(PutOutcome.Changed, await PlanAsync(owned with { Policy = Skips }));
        Assert.Equal(PutOutcome.Owned, await PlanAsync(owned with { Owner = "file:b" }));
        Assert.Equal(1, (await _host.Operations.GetAsync("tea", Stop)).Version);
    }

    [Fact]
    public async Task A_put_that_is_refused_says_why()
    {
        await PutAsync(Definition with { Owner = "code:shop" });

        Assert.Equal("schedule.exists", await CodeAsync(Definition with { OnConflict = NameConflict.Fail }));
        Assert.Equal("schedule.changed", await CodeAsync(Definition with { IfVersion = 7 }));
        Assert.Equal("schedule.owned", await CodeAsync(Definition));
        var error = await Assert.ThrowsAsync<ConflictException>(() => RemoveAsync("tea"));
        Assert.Contains("code:shop", error.Message);

        async Task<string> CodeAsync(ScheduleDefinition definition) =>
            (await Assert.ThrowsAsync<ConflictException>(() => PutAsync(definition))).Code;
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
