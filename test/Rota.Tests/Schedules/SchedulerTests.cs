using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;
using Xunit;

namespace Rota.Tests.Schedules;

public sealed class SchedulerTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Midnight = ScheduleHost.Midnight;
    private static readonly Trigger EveryMinute = Every(1);
    private static readonly Trigger Hourly = Every(60);

    private readonly ScheduleHost _host = new();

    private static IntervalTrigger Every(int minutes) => new(TimeSpan.FromMinutes(minutes), Midnight);

    [Fact]
    public async Task Each_occurrence_enqueues_exactly_one_job()
    {
        await _host.PutAsync("tick", EveryMinute);
        var scheduler = _host.NewScheduler();
        for (var second = 0; second < 600; second += 7)
        {
            await _host.PassAsync(scheduler);
            _host.Time.Advance(TimeSpan.FromSeconds(7));
        }

        var occurrences = await _host.OccurrencesAsync("tick");
        var jobs = await _host.JobsAsync("tick");
        Assert.Equal(Enumerable.Range(1, 9).Select(minute => Midnight.AddMinutes(minute)),
            occurrences.Select(one => one.DueAt));
        Assert.All(occurrences, one => Assert.Equal(OccurrenceOutcome.Enqueued, one.Outcome));
        Assert.Equal(occurrences.Select(one => one.JobId), jobs.Select(job => (JobId?)job.Id));
    }

    [Fact]
    public async Task A_job_says_which_schedule_enqueued_it_and_when_it_was_due()
    {
        var options = new JobOptions
        {
            Queue = "mail",
            Tags = ["nightly"],
            Backoff = Backoff.List(TimeSpan.FromSeconds(3)),
            Metadata = new Dictionary<string, string> { ["team"] = "ops" },
        };
        await _host.PutAsync("tick", EveryMinute, options: options);
        _host.Time.Advance(TimeSpan.FromSeconds(62.5));
        await _host.PassAsync();

        var job = Assert.Single(await _host.JobsAsync("tick"));
        var settings = JobSettings.Parse(job.Settings);
        Assert.Equal(("some.kind", "mail", "nightly"), (job.Kind, job.Queue, Assert.Single(job.Tags)));
        Assert.Equal("2026-01-01T00:01:00Z", settings.Metadata!["due_at"]);
        Assert.Equal("ops", settings.Metadata["team"]);
        Assert.Equal([TimeSpan.FromSeconds(3)], settings.Backoff!.Delays);
    }

    [Fact]
    public async Task Jitter_delays_each_job_by_less_than_it_and_always_by_the_same()
    {
        var jitter = TimeSpan.FromSeconds(50);
        await _host.PutAsync("tick", EveryMinute with { Limits = new TriggerLimits { Jitter = jitter } });
        for (var minute = 0; minute < 20; minute++)
        {
            _host.Time.Advance(TimeSpan.FromMinutes(1));
            await _host.PassAsync();
        }

        var occurrences = await _host.OccurrencesAsync("tick");
        var jobs = await _host.JobsAsync("tick");
        var delays = occurrences.Zip(jobs, (one, job) => job.DueAt!.Value - one.DueAt).ToList();
        Assert.Equal(20, delays.Count);
        Assert.All(delays, delay => Assert.InRange(delay, TimeSpan.Zero, jitter));
        Assert.True(delays.Max() - delays.Min() > jitter / 3, "they are spread");
        var schedule = await _host.Operations.GetAsync("tick", CancellationToken.None);
        Assert.Equal(delays.Select(delay => delay.Ticks / 10),
            occurrences.Select(one => ScheduleJobs.Jittered(schedule, one.DueAt).Delay!.Value.Ticks / 10));
    }

    [Fact]
    public async Task Two_schedulers_on_one_store_never_enqueue_twice()
    {
        for (var at = 0; at < 20; at++)
            await _host.PutAsync($"tick-{at}", EveryMinute);
        Scheduler[] schedulers = [_host.NewScheduler(), _host.NewScheduler()];
        for (var minute = 0; minute < 10; minute++)
        {
            _host.Time.Advance(TimeSpan.FromMinutes(1));
            await Task.WhenAll(schedulers.Select(scheduler => Task.Run(() => _host.PassAsync(scheduler))));
        }

        for (var at = 0; at < 20; at++)
        {
            Assert.Equal(10, (await _host.JobsAsync($"tick-{at}")).Count);
            Assert.Equal(10, (await _host.OccurrencesAsync($"tick-{at}")).Count);
        }
    }

    [Theory]
    [InlineData(Misfire.Skip, 0, "Missed Missed Missed")]
    [InlineData(Misfire.RunOnce, 1, "Coalesced Coalesced Enqueued")]
    [InlineData(Misfire.RunAll, 3, "Enqueued Enqueued Enqueued")]
    public async Task After_a_stop_the_misfire_rule_decides(Misfire misfire, int jobs, string outcomes)
    {
        await _host.PutAsync("tick", Hourly, new RunPolicy { Misfire = misfire });
        await _host.RestartAsync();
        _host.Time.Advance(TimeSpan.FromMinutes(210));
        await _host.PassAsync();

        Assert.Equal(outcomes, string.Join(' ', (await _host.OccurrencesAsync("tick")).Select(one => one.Outcome)));
        Assert.Equal(jobs, (await _host.JobsAsync("tick")).Count);
        var schedule = await _host.Operations.GetAsync("tick", CancellationToken.None);
        Assert.Equal((Midnight.AddHours(4), Midnight.AddHours(3)), (schedule.NextDue, schedule.LastDue));
        Assert.Contains("missed 3 occurrences", Assert.Single(_host.Log.Of(3002)));
    }

    [Fact]
    public async Task A_schedule_far_behind_catches_up_over_many_passes_and_lets_others_run()
    {
        await _host.PutAsync("seconds", new IntervalTrigger(TimeSpan.FromSeconds(1), Midnight),
            new RunPolicy { Misfire = Misfire.RunAll });
        await _host.PutAsync("tick", Hourly);
        _host.Time.Advance(TimeSpan.FromMinutes(60));
        var scheduler = _host.NewScheduler();

        Assert.Equal(TimeSpan.Zero, await scheduler.PassAsync(CancellationToken.None));
        Assert.Single(await _host.JobsAsync("tick"));
        Assert.Equal(Midnight.AddSeconds(1_000),
            (await _host.Operations.GetAsync("seconds", CancellationToken.None)).LastDue);
        await _host.PassAsync(scheduler);
        var counts = await _host.Get<IJobStore>().CountAsync(CancellationToken.None);
        Assert.Equal(3_600 + 1, counts.Sum(count => count.Count));
    }

    [Fact]
    public async Task A_clock_set_back_by_hours_fires_nothing_twice()
    {
        await _host.PutAsync("tick", Hourly);
        _host.Time.Advance(TimeSpan.FromHours(5));
        await _host.PassAsync();
        var before = await _host.OccurrencesAsync("tick");
        _host.Time.Jump(TimeSpan.FromHours(-3));
        for (var hour = 0; hour < 3; hour++)
        {
            await _host.PassAsync();
            _host.Time.Advance(TimeSpan.FromMinutes(59));
        }

        Assert.Equal(before, await _host.OccurrencesAsync("tick"));
        _host.Time.Advance(TimeSpan.FromMinutes(63));
        await _host.PassAsync();
        Assert.Equal(Midnight.AddHours(6), (await _host.OccurrencesAsync("tick"))[^1].DueAt);
    }

    [Fact]
    public async Task A_due_time_that_comes_again_by_an_edit_on_a_clock_set_back_enqueues_nothing()
    {
        await _host.PutAsync("tick", Hourly);
        _host.Time.Advance(TimeSpan.FromHours(1));
        await _host.PassAsync();
        _host.Time.Jump(TimeSpan.FromMinutes(-30));
        await _host.PutAsync("tick", Every(30));
        _host.Time.Advance(TimeSpan.FromMinutes(30));
        await _host.PassAsync();

        Assert.Single(await _host.JobsAsync("tick"));
        Assert.Equal(Midnight.AddMinutes(90),
            (await _host.Operations.GetAsync("tick", CancellationToken.None)).NextDue);
    }

    [Fact]
    public async Task A_clock_set_forward_by_hours_follows_the_misfire_rule_and_goes_on()
    {
        await _host.PutAsync("tick", Hourly);
        var scheduler = _host.NewScheduler();
        await _host.PassAsync(scheduler);
        _host.Time.Jump(TimeSpan.FromMinutes(190));
        await _host.PassAsync(scheduler);
        _host.Time.Advance(TimeSpan.FromMinutes(50));
        await _host.PassAsync(scheduler);

        var occurrences = await _host.OccurrencesAsync("tick");
        Assert.Equal("Coalesced Coalesced Enqueued Enqueued", string.Join(' ', occurrences.Select(one => one.Outcome)));
        Assert.Equal(Midnight.AddHours(4), occurrences[^1].DueAt);
    }

    [Fact]
    public async Task A_pass_sleeps_until_the_next_due_time_and_never_longer_than_five_seconds()
    {
        Assert.Equal(TimeSpan.FromSeconds(5), await _host.PassAsync());
        await _host.PutAsync("tick", EveryMinute);
        Assert.Equal(TimeSpan.FromSeconds(5), await _host.PassAsync());
        _host.Time.Advance(TimeSpan.FromSeconds(57));
        Assert.Equal(TimeSpan.FromSeconds(3), await _host.PassAsync());
    }

    [Fact]
    public async Task An_edit_between_read_and_write_fires_by_the_new_rule_and_once()
    {
        await _host.PutAsync("tick", EveryMinute);
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        var read = await _host.Operations.GetAsync("tick", CancellationToken.None);
        await _host.PutAsync("tick", EveryMinute, options: new JobOptions { Queue = "mail" });
        var stale = new ScheduleFire(read, [], Midnight.AddMinutes(2), Midnight.AddMinutes(1));
        Assert.Null((await _host.Store.FireAsync([stale], _host.Time.GetUtcNow(), CancellationToken.None))[0]);
        await _host.PassAsync();

        Assert.Equal("mail", Assert.Single(await _host.JobsAsync("tick")).Queue);
    }

    [Fact]
    public async Task While_a_job_holds_the_unique_key_occurrences_are_skipped()
    {
        await _host.PutAsync("tick", EveryMinute, options: new JobOptions { Unique = new Unique("tick") });
        for (var minute = 0; minute < 3; minute++)
        {
            _host.Time.Advance(TimeSpan.FromMinutes(1));
            await _host.PassAsync();
        }

        var occurrences = await _host.OccurrencesAsync("tick");
        var job = Assert.Single(await _host.JobsAsync("tick"));
        Assert.Equal("Enqueued Skipped Skipped", string.Join(' ', occurrences.Select(one => one.Outcome)));
        Assert.All(occurrences, one => Assert.Equal(job.Id, one.JobId));
    }

    [Fact]
    public async Task The_loop_fires_when_time_comes_and_wakes_for_a_new_schedule()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var scheduler = _host.NewScheduler();
        await scheduler.StartAsync(deadline.Token);
        await _host.Time.WaitForTimerAsync(deadline.Token);
        await _host.PutAsync("tick", new IntervalTrigger(TimeSpan.FromSeconds(1), Midnight));

        var signals = _host.Get<StoreSignals>();
        while (!await signals.Ready.WaitAsync(TimeSpan.Zero, TimeProvider.System, deadline.Token))
        {
            await _host.Time.WaitForTimerAsync(deadline.Token);
            _host.Time.Advance(TimeSpan.FromMilliseconds(100));
        }
        await scheduler.StopAsync(deadline.Token);

        Assert.Equal(Midnight.AddSeconds(1), (await _host.OccurrencesAsync("tick"))[0].DueAt);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
