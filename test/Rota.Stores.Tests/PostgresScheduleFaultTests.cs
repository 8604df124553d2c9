using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>A connection that dies between any two statements of a tick of the scheduler, as it does when its process
/// is killed there.</summary>
public sealed class PostgresScheduleFaultTests : StoreContract
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private PostgresTestStore _store = null!; // set before each test

    protected override async Task<TestStore> OpenAsync() => _store = await PostgresTestStore.OpenAsync();

    // Before and after each statement that a tick writes with, and at its commit.
    [Theory]
    [InlineData("BEFORE UPDATE ON rota.schedule_due")]
    [InlineData("AFTER UPDATE ON rota.schedule_due")]
    [InlineData("BEFORE INSERT ON rota.job")]
    [InlineData("AFTER INSERT ON rota.job")]
    [InlineData("AFTER INSERT ON rota.ready")]
    [InlineData("AFTER INSERT ON rota.counter_step")]
    [InlineData("BEFORE INSERT ON rota.occurrence")]
    [InlineData("AFTER INSERT ON rota.occurrence")]
    [InlineData("AFTER INSERT ON rota.event")]
    [InlineData("COMMIT")]
    public async Task A_tick_that_dies_leaves_everything_due_and_the_next_one_does_it_once(string when)
    {
        await DieAsync(when, [("a", null), ("b", null), ("limited", 1)]);
    }

    // The same in one statement, which is all that most ticks are.
    [Theory]
    [InlineData("AFTER UPDATE ON rota.schedule_due")]
    [InlineData("AFTER INSERT ON rota.job")]
    [InlineData("AFTER INSERT ON rota.occurrence")]
    [InlineData("AFTER INSERT ON rota.event")]
    [InlineData("COMMIT")]
    public async Task A_plain_tick_that_dies_leaves_everything_due_and_the_next_one_does_it_once(string when)
    {
        await DieAsync(when, [("a", null), ("b", null), ("c", null)]);
    }

    private async Task DieAsync(string when, (string Name, int? Max)[] schedules)
    {
        var fires = new List<ScheduleFire>();
        var ofPut = await EventsAsync();
        foreach (var (name, max) in schedules)
            fires.Add(Fire(await PutAsync(name, max)));
        ofPut = await EventsAsync() - ofPut;
        var trigger = when == "COMMIT"
            ? "CONSTRAINT TRIGGER die AFTER INSERT ON rota.occurrence DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
            : $"TRIGGER die {when} FOR EACH STATEMENT";
        await RunAsync($"""
            CREATE FUNCTION rota.die() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60); RETURN NEW; END';
            CREATE {trigger} EXECUTE FUNCTION rota.die()
            """);

        await Assert.ThrowsAnyAsync<RotaException>(() => Schedules.FireAsync(fires, Noon, Stop));
        Assert.Equal(ofPut, await EventsAsync());
        Assert.Empty(await Jobs.ListAsync(new JobFilter(), null, 10, Stop));
        Assert.Empty(await Jobs.CountAsync(Stop));
        foreach (var fire in fires)
        {
            Assert.Equal(Noon, (await Schedules.FindAsync(fire.Schedule.Name, Stop))!.NextDue);
            Assert.Empty(await Schedules.OccurrencesAsync(fire.Schedule.Name, null, 10, Stop));
        }

        await RunAsync("DROP FUNCTION rota.die CASCADE");
        var fired = await Schedules.FireAsync(fires, Noon, Stop);
        var again = await Schedules.FireAsync(fires, Noon, Stop);
        Assert.All(fired, one => Assert.Equal(1, one?.Jobs));
        Assert.All(again, Assert.Null);
        Assert.Equal(3, (await Jobs.ListAsync(new JobFilter(), null, 10, Stop)).Count);
    }

    [Fact]
    public async Task A_schedule_that_another_transaction_holds_stops_no_other_and_is_not_asked_for_without_a_pause()
    {
        await PutAsync("free", null);
        await PutAsync("held", null);
        var scheduler = new Scheduler(Schedules, new HandlerRegistry(), new StoreSignals(), TimeProvider.System,
            new Random(1), NullLogger<Scheduler>.Instance);
        await using (var connection = await _store.Database.Source.OpenConnectionAsync(Stop))
        await using (var transaction = await connection.BeginTransactionAsync(Stop))
        {
            await using var hold = new NpgsqlCommand(
                _store.Database.Sql("SELECT 1 FROM rota.schedule_due WHERE name = 'held' FOR UPDATE"), connection);
            await hold.ExecuteNonQueryAsync(Stop);
            while (await scheduler.PassAsync(Stop) == TimeSpan.Zero)
            {
                // The free one has months to make up for.
            }

            Assert.InRange(await scheduler.PassAsync(Stop), TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1));
            Assert.NotEmpty(await Schedules.OccurrencesAsync("free", null, 1, Stop));
            Assert.Empty(await Schedules.OccurrencesAsync("held", null, 1, Stop));
        }
        while ((await Schedules.OccurrencesAsync("held", null, 1, Stop)).Count == 0)
            await scheduler.PassAsync(Stop); // it asks again after a moment
    }

    [Fact]
    public async Task A_tick_that_the_database_holds_up_holds_up_no_other()
    {
        const int Key = 4_711;
        await RunAsync($"""
            CREATE FUNCTION rota.wait() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_advisory_xact_lock({Key}); RETURN NEW; END';
            CREATE TRIGGER wait BEFORE INSERT ON rota.occurrence FOR EACH ROW WHEN (NEW.schedule = 'held')
            EXECUTE FUNCTION rota.wait()
            """);
        var signals = new StoreSignals();
        using var scheduler = new Scheduler(Schedules, new HandlerRegistry(), signals, TimeProvider.System,
            new Random(1), NullLogger<Scheduler>.Instance);
        await using (var connection = await _store.Database.Source.OpenConnectionAsync(Stop))
        await using (var transaction = await connection.BeginTransactionAsync(Stop))
        {
            await using var hold = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({Key})", connection);
            await hold.ExecuteNonQueryAsync(Stop);
            await PutAsync("held", null);
            await scheduler.StartAsync(Stop);
            await using var isHeld = new NpgsqlCommand(
                $"SELECT EXISTS (SELECT 1 FROM pg_locks WHERE objid = {Key} AND NOT granted)", connection);
            await UntilAsync(async () => await isHeld.ExecuteScalarAsync(Stop) is true);

            var often = new IntervalTrigger(TimeSpan.FromMilliseconds(100), Noon);
            await PutAsync("free", null, often, often.Next(DateTimeOffset.UtcNow));
            signals.Schedules.Set();
            await UntilAsync(async () => (await Schedules.OccurrencesAsync("free", null, 5, Stop)).Count == 5);
            Assert.Empty(await Schedules.OccurrencesAsync("held", null, 1, Stop));
        }
        await UntilAsync(async () => (await Schedules.OccurrencesAsync("held", null, 1, Stop)).Count > 0);
        await scheduler.StopAsync(Stop);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        late.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(10), late.Token);
    }

    [Fact]
    public async Task Many_schedules_that_missed_thousands_each_are_written_in_transactions_of_bounded_size()
    {
        const int Missed = 12;
        // Half an hour off: what is due right now would be no missed run, but one more.
        var first = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds()).AddHours(-2_000.5);
        for (var number = 0; number < Missed; number++)
            await PutAsync($"missed-{number}", null, new IntervalTrigger(TimeSpan.FromHours(1), first), first);
        var scheduler = new Scheduler(Schedules, new HandlerRegistry(), new StoreSignals(), TimeProvider.System,
            new Random(1), NullLogger<Scheduler>.Instance);

        await scheduler.PassAsync(Stop);

        await using var connection = await _store.Database.Source.OpenConnectionAsync(Stop);
        await using var sizes = new NpgsqlCommand(_store.Database.Sql("""
            SELECT sum(rows)::bigint, max(rows)
            FROM (SELECT count(*) AS rows FROM rota.occurrence GROUP BY xmin::text) AS transaction
            """), connection);
        await using var row = await sizes.ExecuteReaderAsync(Stop);
        await row.ReadAsync(Stop);
        Assert.Equal(Missed * OccurrencePlan.RowsMax, row.GetInt64(0));
        Assert.InRange(row.GetInt64(1), OccurrencePlan.RowsMax, Scheduler.RowsMax);
    }

    private IScheduleStore Schedules => Store.Schedules;

    private async Task<int> EventsAsync() =>
        (await Store.Events.ListAsync(new EventFilter(), null, 100, Stop)).Count;

    private async Task<Schedule> PutAsync(
        string name, int? max, Trigger? trigger = null, DateTimeOffset? nextDue = null)
    {
        var put = new SchedulePut
        {
            Name = name,
            Project = "default",
            Trigger = trigger ?? new IntervalTrigger(TimeSpan.FromHours(1), Noon),
            Kind = "test",
            Args = NoArgs,
            Policy = new RunPolicy { MaxRunning = max },
            Actor = "ann",
            NextDue = nextDue ?? Noon,
        };
        return (await Schedules.PutAsync(put, Noon, Stop)).Schedule!;
    }

    private static ScheduleFire Fire(Schedule schedule)
    {
        var job = new NewJob(Plain with { Schedule = schedule.Name }, NoArgs);
        return new ScheduleFire(
            schedule, [new DueOccurrence(Noon, OccurrenceOutcome.Enqueued, job)], Noon.AddHours(1), Noon);
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = await _store.Database.Source.OpenConnectionAsync(Stop);
        await using var command = new NpgsqlCommand(_store.Database.Sql(sql), connection);
        await command.ExecuteNonQueryAsync(Stop);
    }
}
