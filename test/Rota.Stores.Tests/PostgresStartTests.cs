using Rota.Jobs;
using Rota.Postgres;
using Rota.Storage;
using Rota.Workers;

namespace Rota.Stores.Tests;

/// <summary>New jobs that begin in the worker of their own process without a way through the queue.</summary>
public sealed class PostgresStartTests : StoreContract
{
    private readonly List<Claimed> _begun = [];
    private PostgresTestStore _store = null!;

    protected override async Task<TestStore> OpenAsync() => _store = await PostgresTestStore.OpenAsync();

    /// <summary>A worker that has asked once and found nothing.</summary>
    private async Task OpenRoomAsync(int slots = 2, int prefetch = 0)
    {
        var options = new WorkerOptions { Concurrency = slots, Prefetch = prefetch };
        Store.Signals.Room.Open(options, TimeProvider.System, queue => queue != "others", (job, _) => _begun.Add(job));
        await AskAsync();
    }

    private async Task<IReadOnlyList<Claimed>> AskAsync()
    {
        var room = Store.Signals.Room;
        var order = room.Order([]);
        var claimed = (await Jobs.ExchangeAsync(new Exchange(Node, [], order, Now), Stop)).Claimed;
        room.Answered(claimed.Count);
        return claimed;
    }

    [Fact]
    public async Task A_new_job_begins_at_once_and_ends_by_its_token()
    {
        await OpenRoomAsync();

        var id = await InsertAsync();

        var job = Assert.Single(_begun);
        Assert.Equal((id, 1, 0, "test", "default"), (job.Id, job.Attempt, job.Crashes, job.Kind, job.Queue));
        Assert.Equal(JobState.Running, await StateAsync(id));
        Assert.Equal(Node, (await GetAsync(id)).Node);
        Assert.True(await EndAsync(job, JobEvent.Succeed));
        Assert.Equal(JobState.Succeeded, await StateAsync(id));
        var counts = await Jobs.CountAsync(Stop);
        Assert.Equal(1, counts.Where(count => count.Count > 0).Sum(count => count.Count));
    }

    [Fact]
    public async Task No_more_begin_than_there_is_room_for()
    {
        await OpenRoomAsync(slots: 2);

        var ids = await InsertManyAsync(5);

        Assert.Equal(ids.Take(2), _begun.Select(job => job.Id));
        Assert.Equal(JobState.Queued, await StateAsync(ids[2]));
        Assert.Equal(2, Store.Signals.Room.InHand);
        foreach (var job in _begun)
            Assert.True(await EndAsync(job, JobEvent.Succeed));
        Store.Signals.Room.Ended([.. _begun.Select(job => Ended(job, JobEvent.Succeed))]);
        Assert.Equal(ids.Skip(2).Take(1), (await AskAsync()).Select(job => job.Id)); // half of two
        Assert.Equal(ids.Skip(3).Take(1), (await AskAsync()).Select(job => job.Id));
    }

    [Fact]
    public async Task What_a_crash_may_be_blamed_on_does_not_wait_in_a_worker()
    {
        await OpenRoomAsync(slots: 2, prefetch: 1_000);
        await InsertAsync();
        var quick = Ended(_begun[0], JobEvent.Succeed);
        for (var number = 0; number < 100; number++) // they take no time, so that many fit ahead
        {
            Store.Signals.Room.Ended([quick]);
            Store.Signals.Room.Reserve(1);
        }
        Store.Signals.Room.Reserve(1);

        var alone = await InsertAsync(WithAttempts(1));
        var other = await InsertAsync();

        Assert.Equal(JobState.Queued, await StateAsync(alone));
        Assert.Equal(other, Assert.Single(_begun.Skip(1)).Id);
    }

    [Fact]
    public async Task With_one_slot_nobody_is_passed_by()
    {
        await OpenRoomAsync(slots: 1);
        var first = await InsertAsync(); // of a lane in which others may wait, as far as is known
        Assert.Equal(first, Assert.Single(await AskAsync()).Id);
        Store.Signals.Room.Release(1);
        Assert.Empty(await AskAsync());
        var second = await InsertAsync();
        Assert.Equal(second, Assert.Single(_begun).Id);
        var third = await InsertAsync(); // there is no room
        Store.Signals.Room.Release(1);

        var fourth = await InsertAsync();

        Assert.Single(_begun);
        Assert.Equal(third, Assert.Single(await AskAsync()).Id);
        Assert.Equal(JobState.Queued, await StateAsync(fourth));
    }

    [Fact]
    public async Task Jobs_of_a_paused_queue_and_of_queues_that_are_not_served_do_not_begin()
    {
        await OpenRoomAsync();
        await Store.Queues.SetPausedAsync("default", isPaused: true, Stop);

        var paused = await InsertAsync();
        var other = await InsertAsync(Plain with { Queue = "others" });

        Assert.Empty(_begun);
        Assert.Equal(JobState.Queued, await StateAsync(paused));
        Assert.Equal(JobState.Queued, await StateAsync(other));
        Assert.Equal(0, Store.Signals.Room.InHand);
    }

    [Fact]
    public async Task Jobs_that_wait_for_a_time_or_hold_a_key_until_they_start_do_not_begin()
    {
        await OpenRoomAsync();

        await InsertAsync(Plain with { DueAt = Now + TimeSpan.FromHours(1) });
        await InsertAsync(Plain with { Unique = new Unique("one", UniqueScope.WhileWaiting) });

        Assert.Empty(_begun);
        Assert.Equal(0, Store.Signals.Room.InHand);
    }

    [Fact]
    public async Task Without_a_lease_nothing_begins()
    {
        await OpenRoomAsync();
        await _store.Database.RunAsync("DELETE FROM rota.session WHERE id = $1", Stop, _store.Database.Lease.Session);

        var id = await InsertAsync();

        Assert.Empty(_begun);
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

        Assert.Empty(_begun);
        Assert.Equal(0, Store.Signals.Room.InHand);
        Assert.Empty(await Jobs.ListAsync(new JobFilter(), null, 10, Stop));
        await AskAsync(); // looks whether the commit happened after all
        await InsertAsync();
        Assert.Single(_begun);
    }

    [Fact]
    public async Task A_job_that_began_and_that_nobody_heard_of_goes_back_to_its_queue()
    {
        await OpenRoomAsync();
        var id = await InsertAsync();
        _store.Database.Held.Remove(_begun.Select(job => job.Token));
        _store.Database.Held.Doubt();

        Assert.Equal(id, Assert.Single(await AskAsync()).Id);
        Assert.False(await EndAsync(_begun[0], JobEvent.Succeed));
    }

    [Fact]
    public async Task While_claims_find_all_that_they_ask_for_new_jobs_queue_up()
    {
        await InsertManyAsync(10);
        await OpenRoomAsync(slots: 2);

        var id = await InsertAsync();

        Assert.Empty(_begun);
        Assert.Equal(JobState.Queued, await StateAsync(id));
    }
}
