using Npgsql;
using Rota.Events;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>Events whose transactions do not end in the order of their ids.</summary>
public sealed class PostgresLateEventTests : StoreContract
{
    private PostgresTestStore _store = null!; // set before each test

    protected override async Task<TestStore> OpenAsync() => _store = await PostgresTestStore.OpenAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_event_that_comes_late_is_read_once_and_one_that_never_comes_is_not_waited_for(bool commits)
    {
        var follower = new EventFollower(Store.Events, TimeProvider.System, await Store.Events.LastIdAsync(Stop));
        await using var connection = await _store.Database.Source.OpenConnectionAsync(Stop);
        await using var transaction = await connection.BeginTransactionAsync(Stop);
        await using var insert = new NpgsqlCommand(_store.Database.Sql("""
            INSERT INTO rota.event (at, type, source, count, is_pending) VALUES (0, 1, 'late', 1, false)
            """), connection);
        await insert.ExecuteNonQueryAsync(Stop);
        await AppendAsync("first");
        Assert.Equal(["first"], await ReadAsync());
        Assert.Empty(await ReadAsync());

        await (commits ? transaction.CommitAsync(Stop) : transaction.RollbackAsync(Stop));
        await AppendAsync("second");
        Assert.Equal(commits ? ["late", "second"] : ["second"], await ReadAsync());
        Assert.Empty(await ReadAsync());

        async Task<IEnumerable<string>> ReadAsync() => (await follower.ReadAsync(Stop)).Select(one => one.Source);
    }

    private Task AppendAsync(string source) =>
        Store.Events.AppendAsync([new NewEvent(EventType.NodeStarted, Now, source)], Stop);
}
