using Rota.Schedules;
using Rota.Storage;
using Xunit;

namespace Rota.Tests.Schedules;

public sealed class SchedulerFaultTests : IAsyncDisposable
{
    private static readonly Trigger EveryMinute = new IntervalTrigger(TimeSpan.FromMinutes(1), ScheduleHost.Midnight);

    private readonly ScheduleHost _host = new();

    [Fact]
    public async Task A_bad_trigger_in_the_database_is_shown_logged_once_a_minute_and_stops_no_other()
    {
        await _host.PutAsync("bad", EveryMinute);
        await _host.PutAsync("good", EveryMinute);
        await _host.RunSqlAsync(
            """UPDATE schedule SET trigger = '{"cron":"99 * * * *","zone":"UTC"}' WHERE name = 'bad'""");
        var scheduler = _host.NewScheduler();
        for (var second = 0; second <= 150; second += 10)
        {
            await _host.PassAsync(scheduler);
            _host.Time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(2, (await _host.JobsAsync("good")).Count);
        Assert.Empty(await _host.JobsAsync("bad"));
        Assert.NotNull((await _host.Operations.GetAsync("bad", CancellationToken.None)).Broken);
        Assert.Equal(2, _host.Log.Of(3003).Count);
    }

    [Fact]
    public async Task A_schedule_that_cannot_enqueue_stays_due_and_stops_no_other()
    {
        await _host.PutAsync("bad", EveryMinute);
        await _host.PutAsync("good", EveryMinute);
        await _host.RunSqlAsync("""UPDATE schedule SET options = CAST('{"priority":99}' AS BLOB) WHERE name = 'bad'""");
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        await _host.PassAsync();

        Assert.Single(await _host.JobsAsync("good"));
        Assert.Single(_host.Log.Of(3004));
        Assert.Equal(ScheduleHost.Midnight.AddMinutes(1),
            (await _host.Operations.GetAsync("bad", CancellationToken.None)).NextDue);
        await _host.PutAsync("bad", EveryMinute);
        await _host.PassAsync();
        Assert.Single(await _host.JobsAsync("bad"));
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("pause all")]
    [InlineData("another trigger")]
    public async Task What_is_due_when_a_schedule_is_paused_or_changed_is_missed_and_told(string how)
    {
        await _host.PutAsync("late", EveryMinute);
        _host.Time.Advance(TimeSpan.FromMinutes(3.5));

        _ = how switch
        {
            "pause" => await _host.Operations.PauseAsync("late", "ann", CancellationToken.None) as object,
            "pause all" => await _host.Operations.PauseAllAsync(null, "ann", CancellationToken.None),
            _ => await _host.PutAsync("late", new IntervalTrigger(TimeSpan.FromHours(1), ScheduleHost.Midnight)),
        };
        await _host.PassAsync();

        var occurrences = await _host.OccurrencesAsync("late");
        Assert.Equal([1, 2, 3], occurrences.Select(one => (one.DueAt - ScheduleHost.Midnight).TotalMinutes));
        Assert.All(occurrences, one => Assert.Equal(OccurrenceOutcome.Missed, one.Outcome));
        var events = await _host.Get<IEventStore>().ListAsync(new EventFilter(), null, 100, CancellationToken.None);
        Assert.Equal(3, Assert.Single(events, one => one.Type == EventType.OccurrenceMissed).Count);
        Assert.Empty(await _host.JobsAsync("late"));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
