using System.Text;
using Rota.Schedules;
using Rota.Secrets;
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

    [Fact]
    public async Task A_schedule_is_put_shown_replaced_and_removed()
    {
        var (made, isNew) = await _host.Operations.PutAsync(Definition, Stop);
        var (replaced, isNewAgain) = await _host.Operations.PutAsync(Definition with { Misfire = Misfire.Skip }, Stop);

        Assert.True(isNew);
        Assert.False(isNewAgain);
        Assert.Equal(Midnight.AddHours(1), made.NextDue);
        Assert.Equal((Misfire.Skip, made.Version + 1), (replaced.Misfire, replaced.Version));
        Assert.Equal("tea", Assert.Single(await _host.Operations.ListAsync(Stop)).Name);
        await _host.Operations.RemoveAsync("tea", Stop);
        await Assert.ThrowsAsync<NotFoundException>(() => _host.Operations.GetAsync("tea", Stop));
        await Assert.ThrowsAsync<NotFoundException>(() => _host.Operations.RemoveAsync("tea", Stop));
    }

    [Theory]
    [InlineData("H 2 * * *", null, "tea")]
    [InlineData("H 2 * * *", "coffee", "coffee")]
    [InlineData("5 2 * * *", null, null)]
    public async Task A_spread_follows_the_name_unless_it_has_one(string text, string? spread, string? stored)
    {
        var cron = CronExpression.Parse(text, spread: spread);
        var definition = Definition with { Trigger = new CronTrigger(cron, "UTC") };
        var (schedule, _) = await _host.Operations.PutAsync(definition, Stop);
        await _host.Operations.PutAsync(definition, Stop);

        var trigger = Assert.IsType<CronTrigger>((await _host.Operations.GetAsync("tea", Stop)).Trigger);
        Assert.Equal(stored, trigger.Cron.Spread);
        Assert.Equal(trigger.Next(Midnight), schedule.NextDue);
    }

    [Fact]
    public async Task A_pause_misses_nothing_and_a_resume_counts_from_now()
    {
        await _host.Operations.PutAsync(Definition with { Misfire = Misfire.RunAll }, Stop);
        var paused = await _host.Operations.PauseAsync("tea", Stop);
        _host.Time.Advance(TimeSpan.FromMinutes(200));
        await _host.PassAsync();
        var resumed = await _host.Operations.ResumeAsync("tea", Stop);
        await _host.PassAsync();

        Assert.True(paused is { IsPaused: true, NextDue: null });
        Assert.Equal((false, Midnight.AddHours(4)), (resumed.IsPaused, resumed.NextDue));
        Assert.Empty(await _host.OccurrencesAsync("tea"));
    }

    [Fact]
    public async Task A_resume_of_a_schedule_that_is_not_paused_loses_no_occurrence()
    {
        await _host.Operations.PutAsync(Definition, Stop);
        _host.Time.Advance(TimeSpan.FromHours(1));
        await _host.Operations.ResumeAsync("tea", Stop);
        await _host.PassAsync();

        Assert.Single(await _host.JobsAsync("tea"));
    }

    [Fact]
    public async Task An_edit_leaves_pause_secrets_and_due_time_unless_they_are_given()
    {
        await _host.Operations.PutAsync(
            Definition with { Secrets = new Dictionary<string, string> { ["token"] = "t-1" } }, Stop);
        _host.Time.Advance(TimeSpan.FromMinutes(61));
        var (kept, _) = await _host.Operations.PutAsync(Definition with { Misfire = Misfire.Skip }, Stop);

        Assert.True(kept.HasSecrets);
        Assert.Equal(Midnight.AddHours(1), kept.NextDue);
        Assert.Equal("t-1", (await _host.Get<SecretOperations>().ReadScheduleAsync("tea", Stop))["token"]);

        await _host.Operations.PauseAsync("tea", Stop);
        var (removed, _) = await _host.Operations.PutAsync(
            Definition with { Secrets = new Dictionary<string, string>() }, Stop);
        Assert.False(removed.HasSecrets);
        Assert.True(removed is { IsPaused: true, NextDue: null });

        var (resumed, _) = await _host.Operations.PutAsync(Definition with { IsPaused = false }, Stop);
        Assert.Equal((false, Midnight.AddHours(2)), (resumed.IsPaused, resumed.NextDue));
    }

    [Fact]
    public async Task A_run_by_hand_enqueues_at_once_and_leaves_the_trigger_alone()
    {
        await _host.Operations.PutAsync(
            Definition with { Options = new JobOptions { Delay = TimeSpan.FromMinutes(5), Priority = 2 } }, Stop);
        await _host.Operations.PauseAsync("tea", Stop);
        var enqueued = await _host.Operations.RunAsync("tea", Stop);

        var job = Assert.Single(await _host.JobsAsync("tea"));
        Assert.Equal((enqueued.Id, JobState.Queued, "kitchen", 2), (job.Id, job.State, job.Queue, job.Priority));
        Assert.Equal("""{"cups":2}""", Encoding.UTF8.GetString(job.Args.Span));
        Assert.Empty(await _host.Operations.OccurrencesAsync("tea", 100, Stop));
        Assert.True((await _host.Operations.GetAsync("tea", Stop)).IsPaused);
    }

    [Fact]
    public async Task An_alias_is_stored_as_its_kind_and_an_unknown_kind_as_it_is()
    {
        var (known, _) = await _host.Operations.PutAsync(Definition with { Kind = "extensions.tea.job:PourJob" }, Stop);
        var (unknown, _) = await _host.Operations.PutAsync(
            Definition with { Kind = "extensions.other.job:Other" }, Stop);

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
        { "secrets", Definition with { Secrets = new Dictionary<string, string> { ["no spaces"] = "x" } } },
        { "secrets.token", Definition with { Secrets = new Dictionary<string, string> { ["token"] = "" } } },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task A_wrong_definition_is_refused_with_the_name_of_the_field(
        string field, ScheduleDefinition definition)
    {
        var error = await Assert.ThrowsAsync<InvalidFieldException>(() => _host.Operations.PutAsync(definition, Stop));

        Assert.Equal(field, error.Field);
        Assert.Empty(await _host.Operations.ListAsync(Stop));
    }

    [Fact]
    public async Task A_schedule_that_ran_once_can_be_put_again()
    {
        var once = Definition with { Trigger = new OnceTrigger(Midnight.AddMinutes(1)) };
        await _host.Operations.PutAsync(once, Stop);
        _host.Time.Advance(TimeSpan.FromMinutes(2));
        await _host.PassAsync();
        var (again, _) = await _host.Operations.PutAsync(once with { Misfire = Misfire.Skip }, Stop);
        await _host.PassAsync();

        Assert.Null(again.NextDue);
        Assert.Single(await _host.JobsAsync("tea"));
    }

    [Fact]
    public async Task A_broken_schedule_is_not_run_or_resumed_and_is_mended_by_a_put()
    {
        await _host.Operations.PutAsync(Definition with { IsPaused = true }, Stop);
        await _host.RunSqlAsync("UPDATE schedule SET trigger = 'nonsense'");

        Assert.Equal("schedule.broken",
            (await Assert.ThrowsAsync<ConflictException>(() => _host.Operations.RunAsync("tea", Stop))).Code);
        Assert.Equal("schedule.broken",
            (await Assert.ThrowsAsync<ConflictException>(() => _host.Operations.ResumeAsync("tea", Stop))).Code);
        var (mended, _) = await _host.Operations.PutAsync(Definition with { IsPaused = false }, Stop);
        Assert.Null(mended.Broken);
        Assert.Equal(Midnight.AddHours(1), mended.NextDue);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
