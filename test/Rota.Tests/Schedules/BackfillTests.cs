using Rota.Jobs;
using Rota.Schedules;
using Xunit;

namespace Rota.Tests.Schedules;

public sealed class BackfillTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Midnight = ScheduleHost.Midnight;
    private static readonly Trigger Hourly = new IntervalTrigger(TimeSpan.FromHours(1), Midnight);
    private static readonly CancellationToken Stop = CancellationToken.None;

    private readonly ScheduleHost _host = new();

    private Task<Backfill> RunAsync(double from, double to, bool isDryRun = false) => _host.Get<BackfillOperations>()
        .RunAsync("tick", Midnight.AddHours(from), Midnight.AddHours(to), isDryRun, Stop);

    private async Task PutAsync(Trigger trigger, RunPolicy? policy = null)
    {
        await _host.PutAsync("tick", trigger, policy);
        _host.Time.Advance(TimeSpan.FromHours(4.5));
    }

    [Fact]
    public async Task What_was_missed_gets_its_jobs_and_what_ran_is_left_alone()
    {
        await PutAsync(Hourly); // 1 to 3 are coalesced, 4 runs
        await _host.PassAsync();
        var dry = await RunAsync(1, 4.5, isDryRun: true);
        Assert.Equal([Midnight.AddHours(1), Midnight.AddHours(2), Midnight.AddHours(3)], dry.Due);
        Assert.Equal((0, 1), (dry.Enqueued, (await _host.JobsAsync("tick")).Count));

        Assert.Equal(3, (await RunAsync(1, 4.5)).Enqueued);
        Assert.Equal((0, 0), await RunAsync(1, 4.5) is var again ? (again.Due.Count, again.Enqueued) : default);
        Assert.Equal("Backfilled Backfilled Backfilled Enqueued",
            string.Join(' ', (await _host.OccurrencesAsync("tick")).Select(one => one.Outcome)));
        Assert.Contains("2026-01-01T02:00:00Z",
            (await _host.JobsAsync("tick")).Select(job => JobSettings.Parse(job.Settings).Metadata!["due_at"]));
    }

    [Fact]
    public async Task A_time_before_the_schedule_was_made_and_a_pause_are_filled()
    {
        var daily = new IntervalTrigger(TimeSpan.FromDays(1), Midnight.AddDays(-30));
        await _host.PutAsync("tick", daily);
        await _host.Operations.PauseAsync("tick", "ann", Stop);
        _host.Time.Advance(TimeSpan.FromDays(2));

        Assert.Equal(10 + 1 + 2, (await RunAsync(-240, 48)).Enqueued);
        Assert.True((await _host.Operations.GetAsync("tick", Stop)).IsPaused);
    }

    [Fact]
    public async Task What_is_due_and_not_decided_yet_is_the_schedulers()
    {
        await PutAsync(Hourly);
        Assert.Equal([Midnight], (await RunAsync(-5, 4.5)).Due);
        await _host.PassAsync();

        Assert.Equal("Backfilled Coalesced Coalesced Coalesced Enqueued",
            string.Join(' ', (await _host.OccurrencesAsync("tick")).Select(one => one.Outcome)));
    }

    [Fact]
    public async Task A_range_that_is_wrong_is_refused()
    {
        await PutAsync(new IntervalTrigger(TimeSpan.FromSeconds(1), Midnight.AddDays(-9)));

        Assert.Equal("to", await FieldAsync(0, 5));
        Assert.Equal("from", await FieldAsync(2, 1));
        Assert.Equal("from", await FieldAsync(-24, -1));
        Assert.Empty(await _host.JobsAsync("tick"));
        await Assert.ThrowsAsync<NotFoundException>(() => _host.Get<BackfillOperations>()
            .RunAsync("nobody", Midnight, Midnight, isDryRun: true, Stop));

        async Task<string> FieldAsync(double from, double to) =>
            (await Assert.ThrowsAsync<InvalidFieldException>(() => RunAsync(from, to))).Field;
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
