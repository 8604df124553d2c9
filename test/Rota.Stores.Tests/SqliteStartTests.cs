using Rota.Sqlite;
using Rota.Jobs;

namespace Rota.Stores.Tests;

/// <summary>Where one writer comes in, who knows what waits.</summary>
public sealed class SqliteStartTests : StartContract
{
    private SqliteTestStore _store = null!; // set before each test

    protected override async Task<TestStore> OpenAsync() => _store = (SqliteTestStore)await SqliteTestStore.OpenAsync();

    [Fact]
    public async Task While_a_job_waits_in_its_queue_no_other_passes_by()
    {
        await OpenRoomAsync(slots: 1);
        await InsertAsync();
        var waits = await InsertAsync(); // there is no room
        Store.Signals.Room.Release(1);

        var later = await InsertAsync();
        var elsewhere = await InsertAsync(Plain with { Queue = "mail" });

        Assert.Equal((JobState.Queued, JobState.Queued), (await StateAsync(waits), await StateAsync(later)));
        Assert.Equal(elsewhere, Begun[^1].Id);
        Assert.Equal(2, Begun.Count);
    }

    [Fact]
    public async Task What_is_rolled_back_does_not_begin_and_leaves_the_room_as_it_was()
    {
        await OpenRoomAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => _store.Database.Writer.RunAsync(session =>
        {
            JobInsert.Insert(session, new NewJob(Plain, NoArgs), Now);
            throw new InvalidOperationException("no commit");
        }, Stop));

        Assert.Empty(Begun);
        Assert.Equal(0, Store.Signals.Room.InHand);
        var id = await InsertAsync();
        Assert.Equal(id, Assert.Single(Begun).Id);
    }
}
