using Rota.Schedules;
using Rota.Storage;
using Xunit;

namespace Rota.Tests.Schedules;

public sealed class DueBookTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Midnight = ScheduleHost.Midnight;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ScheduleHost _host = new();

    private static IntervalTrigger EverySecond => new(Second, Midnight);

    private DateTimeOffset Now => _host.Time.GetUtcNow();

    [Fact]
    public async Task What_was_fired_comes_again_without_a_read()
    {
        await _host.PutAsync("tick", EverySecond);
        var book = new DueBook(_host.Store, _host.Time);
        await book.ReadAsync(Now, CancellationToken.None);
        await _host.Operations.RemoveAsync("tick", owner: null, takesOver: false, "ann", CancellationToken.None);

        for (var second = 1; second <= 3; second++)
        {
            Assert.Equal(Second, book.Rest(Now));
            _host.Time.Advance(Second);
            await book.ReadAsync(Now, CancellationToken.None);
            var due = Assert.Single(book.TakeDue(Now));
            Assert.Equal(Midnight.AddSeconds(second), due.NextDue);
            Assert.Empty(book.TakeDue(Now));
            book.MoveOn(due, due.NextDue + Second);
        }
        _host.Time.Advance(TimeSpan.FromSeconds(5)); // a sweep, which leaves alone what it does not find
        await book.ReadAsync(Now, CancellationToken.None);
        book.Lose(Assert.Single(book.TakeDue(Now)));
        _host.Time.Advance(Second);
        await book.ReadAsync(Now, CancellationToken.None);
        Assert.Empty(book.TakeDue(Now));
    }

    [Fact]
    public async Task What_is_being_fired_comes_by_no_read_before_it_is_released()
    {
        await _host.PutAsync("tick", EverySecond);
        var book = new DueBook(_host.Store, _host.Time);
        await book.ReadAsync(Now, CancellationToken.None);
        _host.Time.Advance(Second);
        var due = book.TakeDue(Now);
        Assert.Single(due);

        await SweepAsync();
        Assert.Empty(book.TakeDue(Now));
        book.Release(due);
        await SweepAsync();
        Assert.Single(book.TakeDue(Now));

        Task SweepAsync()
        {
            _host.Time.Advance(TimeSpan.FromSeconds(6));
            return book.ReadAsync(Now, CancellationToken.None);
        }
    }

    [Fact]
    public async Task What_was_lost_and_is_being_fired_by_then_is_not_read_again()
    {
        await _host.PutAsync("tick", EverySecond);
        var book = new DueBook(_host.Store, _host.Time);
        await book.ReadAsync(Now, CancellationToken.None);
        _host.Time.Advance(Second);
        book.Lose(Assert.Single(book.TakeDue(Now)));
        book.Suspect();
        await book.ReadAsync(Now, CancellationToken.None);
        Assert.Single(book.TakeDue(Now));

        _host.Time.Advance(Second / 10);
        await book.ReadAsync(Now, CancellationToken.None);
        Assert.Empty(book.TakeDue(Now));
    }

    [Fact]
    public async Task An_edit_that_a_read_finds_while_its_schedule_is_being_fired_holds_from_then_on()
    {
        await _host.PutAsync("tick", EverySecond);
        var book = new DueBook(_host.Store, _host.Time);
        await book.ReadAsync(Now, CancellationToken.None);
        _host.Time.Advance(Second);
        var due = Assert.Single(book.TakeDue(Now));
        await _host.PutAsync("tick", EverySecond, options: new JobOptions { Queue = "mail" });
        book.Suspect();
        await book.ReadAsync(Now, CancellationToken.None);

        book.MoveOn(due, due.NextDue + Second);
        _host.Time.Advance(Second);
        await book.ReadAsync(Now, CancellationToken.None);
        Assert.Equal("mail", Assert.Single(book.TakeDue(Now)).Options?.Queue);
    }

    [Fact]
    public async Task What_is_due_is_taken_in_the_order_of_time()
    {
        await _host.PutAsync("c", new OnceTrigger(Midnight.AddSeconds(1)));
        await _host.PutAsync("a", new OnceTrigger(Midnight.AddSeconds(2)));
        await _host.PutAsync("b", new OnceTrigger(Midnight.AddSeconds(3)));
        await _host.PutAsync("later", new OnceTrigger(Midnight.AddSeconds(4)));
        var book = new DueBook(_host.Store, _host.Time);
        _host.Time.Advance(TimeSpan.FromSeconds(3));
        await book.ReadAsync(Now, CancellationToken.None);

        Assert.Equal(TimeSpan.FromSeconds(-2), book.Rest(Now));
        Assert.Equal(["c", "a", "b"], book.TakeDue(Now).Select(one => one.Name));
        Assert.Equal(Second, book.Rest(Now));
    }

    [Fact]
    public async Task A_full_book_waits_until_some_are_fired_and_leaves_out_nobody()
    {
        const int Schedules = 40, BookMax = 10, PageMax = 4;
        for (var number = 0; number < Schedules; number++)
            await _host.PutAsync($"tick-{number:00}", EverySecond);
        var book = new DueBook(_host.Store, _host.Time) { SchedulesMax = BookMax, PageMax = PageMax };
        _host.Time.Advance(Second);
        var fired = new List<string>();
        for (var read = 0; read < Schedules && fired.Count < Schedules; read++)
        {
            for (var page = 0; page < BookMax; page++)
                await book.ReadAsync(Now, CancellationToken.None);
            var due = book.TakeDue(Now);
            Assert.InRange(due.Count, 1, BookMax + PageMax);
            var fires = due.ConvertAll(one => new ScheduleFire(one, [], Midnight.AddSeconds(2), Now));
            await _host.Store.FireAsync(fires, Now, CancellationToken.None);
            due.ForEach(one => book.MoveOn(one, Midnight.AddSeconds(2)));
            fired.AddRange(due.Select(one => one.Name));
        }

        Assert.Equal(Schedules, fired.Distinct().Count());
        Assert.Equal(Schedules, fired.Count);
    }

    [Fact]
    public async Task Large_arguments_fill_it_before_all_are_read_and_leave_out_nobody()
    {
        const int Schedules = 300, ArgsBytes = 10_000, ArgsBytesMax = 20 * ArgsBytes, ReadMax = 50;
        var args = System.Text.Encoding.UTF8.GetBytes($"\"{new string('x', ArgsBytes - 2)}\"");
        for (var number = 0; number < Schedules; number++)
            await _host.Operations.PutAsync(new ScheduleDefinition
            {
                Name = $"tick-{number}",
                Trigger = EverySecond,
                Kind = "some.kind",
                Args = args,
            }, "ann", CancellationToken.None);
        var book = new DueBook(_host.Store, _host.Time) { ArgsBytesMax = ArgsBytesMax };
        _host.Time.Advance(Second);
        var fired = new List<string>();
        for (var read = 0; read < Schedules && fired.Count < Schedules; read++)
        {
            for (var page = 0; page < ReadMax && book.Rest(Now) <= TimeSpan.Zero && book.ArgsBytes == 0; page++)
                await book.ReadAsync(Now, CancellationToken.None);
            Assert.InRange(book.ArgsBytes, ArgsBytes, ArgsBytesMax + ReadMax * ArgsBytes);
            var due = book.TakeDue(Now);
            Assert.Equal(0, book.ArgsBytes);
            due.ForEach(one => book.MoveOn(one, Midnight.AddHours(1)));
            fired.AddRange(due.Select(one => one.Name));
            await _host.Store.FireAsync(due.ConvertAll(one => new ScheduleFire(one, [], Midnight.AddHours(1), Now)),
                Now, CancellationToken.None);
        }

        Assert.Equal(Schedules, fired.Distinct().Count());
        Assert.Equal(Schedules, fired.Count);
    }

    [Fact]
    public async Task After_a_read_that_failed_less_is_read_at_a_time()
    {
        await _host.PutAsync("once", new OnceTrigger(Midnight.AddSeconds(9)));
        var book = new DueBook(_host.Store, _host.Time);
        await book.ReadAsync(Now, CancellationToken.None);
        Assert.Equal(TimeSpan.FromSeconds(5), book.Rest(Now));

        book.Clear();
        await book.ReadAsync(Now, CancellationToken.None);

        Assert.Equal(TimeSpan.FromSeconds(1.25), book.Rest(Now));
    }

    [Fact]
    public async Task A_sweep_comes_to_its_end_however_long_it_takes()
    {
        const int Schedules = 10, PageMax = 3;
        for (var number = 0; number < Schedules; number++)
            await _host.PutAsync($"tick-{number}", EverySecond);
        var book = new DueBook(_host.Store, _host.Time) { PageMax = PageMax };
        for (var page = 0; page <= Schedules / PageMax; page++)
        {
            await book.ReadAsync(Now, CancellationToken.None);
            _host.Time.Advance(TimeSpan.FromSeconds(6)); // other schedules are fired meanwhile
        }

        Assert.Equal(Schedules, book.TakeDue(Now).Count);
    }

    [Fact]
    public async Task After_a_long_sweep_the_next_one_waits_as_long()
    {
        const int Schedules = 10, PageMax = 4;
        var step = TimeSpan.FromMilliseconds(10);
        for (var number = 0; number < Schedules; number++)
            await _host.PutAsync($"once-{number}", new OnceTrigger(Midnight.AddSeconds(9)));
        var book = new DueBook(_host.Store, _host.Time) { PageMax = PageMax };
        await book.ReadAsync(Now, CancellationToken.None);
        for (var page = 1; page <= Schedules / PageMax; page++)
        {
            _host.Time.Advance(step);
            await book.ReadAsync(Now, CancellationToken.None);
        }

        book.Suspect();

        Assert.Equal(2 * step, book.Rest(Now));
        _host.Time.Advance(2 * step);
        Assert.Equal(TimeSpan.Zero, book.Rest(Now));
    }

    [Fact]
    public async Task A_book_that_is_full_before_all_was_read_comes_nearer_at_once()
    {
        const int Schedules = 40;
        for (var number = 0; number < Schedules; number++)
            await _host.PutAsync($"once-{number}", new OnceTrigger(Midnight.AddSeconds(9)));
        var book = new DueBook(_host.Store, _host.Time) { SchedulesMax = Schedules / 4, PageMax = Schedules / 10 };
        var reads = 0;
        for (; reads < Schedules && (reads == 0 || book.Rest(Now) <= TimeSpan.Zero); reads++)
            await book.ReadAsync(Now, CancellationToken.None);

        Assert.InRange(reads, 4, Schedules - 1); // three pages fill it
        Assert.InRange(book.Rest(Now), TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(2)); // it was 5
    }

    [Fact]
    public async Task What_is_lost_is_read_again_in_time_however_much_is_lost_meanwhile()
    {
        await _host.PutAsync("first", EverySecond);
        await _host.PutAsync("second", EverySecond);
        var book = new DueBook(_host.Store, _host.Time);
        await book.ReadAsync(Now, CancellationToken.None);
        _host.Time.Advance(Second);
        var due = book.TakeDue(Now);

        book.Lose(due[0]);
        _host.Time.Advance(TimeSpan.FromMilliseconds(30));
        book.Lose(due[1]);
        _host.Time.Advance(TimeSpan.FromMilliseconds(20));
        await book.ReadAsync(Now, CancellationToken.None);

        Assert.Equal(2, book.TakeDue(Now).Count);
    }

    [Fact]
    public async Task A_sweep_comes_to_its_end_however_many_schedules_change_meanwhile()
    {
        const int Schedules = 10, PageMax = 3;
        for (var number = 0; number < Schedules; number++)
            await _host.PutAsync($"tick-{number}", EverySecond);
        var book = new DueBook(_host.Store, _host.Time) { PageMax = PageMax };
        _host.Time.Advance(Second);
        for (var page = 0; page <= Schedules / PageMax; page++)
        {
            book.Suspect();
            await book.ReadAsync(Now, CancellationToken.None);
        }

        Assert.Equal(Schedules, book.TakeDue(Now).Count);
        Assert.Equal(TimeSpan.Zero, book.Rest(Now));
    }

    [Fact]
    public async Task An_edit_that_nobody_told_of_is_found_by_the_fire_it_spoils()
    {
        await _host.PutAsync("tick", EverySecond);
        var scheduler = _host.NewScheduler();
        await scheduler.PassAsync(CancellationToken.None);
        await _host.PutAsync("tick", EverySecond, options: new JobOptions { Queue = "mail" });
        _host.Time.Advance(Second);

        var pause = await scheduler.PassAsync(CancellationToken.None);
        Assert.Empty(await _host.JobsAsync("tick"));
        Assert.InRange(pause, TimeSpan.FromMilliseconds(1), Second / 2);
        _host.Time.Advance(pause);
        await scheduler.PassAsync(CancellationToken.None);
        Assert.Equal("mail", Assert.Single(await _host.JobsAsync("tick")).Queue);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
