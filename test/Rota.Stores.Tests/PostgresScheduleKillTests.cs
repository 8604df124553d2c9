using Rota.Postgres;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>A process that is killed behind any statement of a tick, also the one that commits it. Another one does
/// again what it did, and then all is as after a tick that nobody killed.</summary>
/// <remarks>Behind a sample of them (<see cref="KillSample"/>), because all of them take most of a minute.</remarks>
public sealed class PostgresScheduleKillTests : StoreContract
{
    private PostgresTestStore _store = null!; // set before each test

    protected override async Task<TestStore> OpenAsync() => _store = await PostgresTestStore.OpenAsync();

    public static TheoryData<string> Ticks => [.. ScheduleTickCase.All.Select(one => one.Tick)];

    [Theory]
    [MemberData(nameof(Ticks))]
    public async Task A_tick_that_is_killed_behind_any_of_its_statements_is_made_up_for_once(string tick)
    {
        var of = ScheduleTickCase.Of(tick);
        await TickAsync(of, "first", killAt: 0); // which makes words that all share
        var (steps, none) = await TickAsync(of, "whole", killAt: 0);
        Assert.Null(none);
        var whole = await LedgerAsync(of, "whole");
        Assert.InRange(steps.Count, 4, 100);

        foreach (var killAt in KillSample.Of([.. Enumerable.Range(1, steps.Count)]))
        {
            var name = $"killed-{killAt}";
            var (done, error) = await TickAsync(of, name, killAt);
            Assert.True(steps.Take(killAt).SequenceEqual(done), $"{string.Join("\n", done)}\n{error}");
            Assert.IsAssignableFrom<RotaException>(error);

            await using var fresh = await PostgresDatabase.OpenAsync(_store.Url, new StoreSignals(), Stop);
            await ScheduleTick.RunAsync(tick, new PostgresSchedules(fresh), name, Stop);
            Assert.Equal(whole, await LedgerAsync(of, name));
        }
        Assert.Empty(await Store.OrphansAsync());
        Assert.All((await Store.PlacesAsync()).Values, places => Assert.Single(places));
    }

    /// <returns>The statements that were sent, and what became of the tick.</returns>
    private async Task<(IReadOnlyList<string> Steps, Exception? Error)> TickAsync(
        ScheduleTickCase of, string name, int killAt)
    {
        await of.SetUpAsync(Store.Schedules, Jobs, name, Stop);
        var server = new Uri(_store.Url);
        await using var proxy = new KillProxy(server.Port);
        var url = new UriBuilder(server) { Port = proxy.Port }.Uri.ToString();
        await using var database = await PostgresDatabase.OpenAsync(url, new StoreSignals(), Stop);
        proxy.Arm(killAt);
        var error = await Record.ExceptionAsync(
            () => ScheduleTick.RunAsync(of.Tick, new PostgresSchedules(database), name, Stop));
        await database.Lease.AbandonAsync();
        await proxy.KillAsync();
        return (proxy.Steps, error);
    }

    private Task<string> LedgerAsync(ScheduleTickCase of, string name) =>
        new ScheduleTickLedger(Store.Schedules, Jobs, Store.Events, of, name).ReadAsync();
}
