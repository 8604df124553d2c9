using Rota.Jobs;
using Rota.Postgres;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>Where two nodes, a lease and a commit that nobody heard of come in.</summary>
public sealed class PostgresStartTests : StartContract
{
    private PostgresTestStore _store = null!;

    protected override async Task<TestStore> OpenAsync() => _store = await PostgresTestStore.OpenAsync();

    [Fact]
    public async Task With_one_slot_nobody_is_passed_by()
    {
        await OpenRoomAsync(slots: 1);
        var first = await InsertAsync(); // of a lane in which others may wait, as far as is known
        Assert.Equal(first, Assert.Single(await AskAsync()).Id);
        Store.Signals.Room.Release(1);
        Assert.Empty(await AskAsync());
        var second = await InsertAsync();
        Assert.Equal(second, Assert.Single(Begun).Id);
        var third = await InsertAsync(); // there is no room
        Store.Signals.Room.Release(1);

        var fourth = await InsertAsync();

        Assert.Single(Begun);
        Assert.Equal(third, Assert.Single(await AskAsync()).Id);
        Assert.Equal(JobState.Queued, await StateAsync(fourth));
    }

    [Fact]
    public async Task Without_a_lease_nothing_begins()
    {
        await OpenRoomAsync();
        await _store.Database.RunAsync("DELETE FROM rota.session WHERE id = $1", Stop, _store.Database.Lease.Session);

        var id = await InsertAsync();

        Assert.Empty(Begun);
        Assert.Equal(JobState.Queued, await StateAsync(id));
    }

    [Fact]
    public async Task What_is_rolled_back_does_not_begin_and_leaves_the_room_as_it_was()
    {
        await OpenRoomAsync();
        await JobInsert.PrepareAsync(_store.Database, [new NewJob(Plain, NoArgs)], Stop);

        await Assert.ThrowsAsync<InvalidOperationException>(() => _store.Database.WriteAsync<int>(async session =>
        {
            await JobInsert.InsertAsync(session, [new NewJob(Plain, NoArgs)], Now);
            throw new InvalidOperationException("no commit");
        }, Stop));

        Assert.Empty(Begun);
        Assert.Equal(0, Store.Signals.Room.InHand);
        Assert.Empty(await Jobs.ListAsync(new JobFilter(), null, 10, Stop));
        await AskAsync(); // looks whether the commit happened after all
        await InsertAsync();
        Assert.Single(Begun);
    }

    [Fact]
    public async Task A_job_that_began_and_that_nobody_heard_of_goes_back_to_its_queue()
    {
        await OpenRoomAsync();
        var id = await InsertAsync();
        _store.Database.Held.Remove(Begun.Select(job => job.Token));
        _store.Database.Held.Doubt();

        Assert.Equal(id, Assert.Single(await AskAsync()).Id);
        Assert.False(await EndAsync(Begun[0], JobEvent.Succeed));
    }
}
