using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;
using Rota.Workers;

namespace Rota.Stores.Tests;

/// <summary>New jobs that begin in the worker of their own process without a way through the queue.</summary>
public abstract class StartContract : StoreContract
{
    protected List<Claimed> Begun { get; } = [];

    /// <summary>A worker that has asked once and found nothing.</summary>
    protected async Task OpenRoomAsync(int slots = 2, int prefetch = 0)
    {
        var options = new WorkerOptions { Concurrency = slots, Prefetch = prefetch };
        Store.Signals.Room.Open(options, TimeProvider.System, PlaceOf, (job, _) => Begun.Add(job));
        await AskAsync();

        static int? PlaceOf(string queue) => queue switch
        {
            "others" => null,
            "first" => 0,
            _ => 1,
        };
    }

    protected async Task<IReadOnlyList<Claimed>> AskAsync()
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

        var job = Assert.Single(Begun);
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

        Assert.Equal(ids.Take(2), Begun.Select(job => job.Id));
        Assert.Equal(JobState.Queued, await StateAsync(ids[2]));
        Assert.Equal(2, Store.Signals.Room.InHand);
        foreach (var job in Begun)
            Assert.True(await EndAsync(job, JobEvent.Succeed));
        Store.Signals.Room.Ended([.. Begun.Select(job => Ended(job, JobEvent.Succeed))]);
        Assert.Equal(ids.Skip(2).Take(1), (await AskAsync()).Select(job => job.Id)); // half of two
        Assert.Equal(ids.Skip(3).Take(1), (await AskAsync()).Select(job => job.Id));
    }

    [Fact]
    public async Task Of_jobs_that_come_together_the_most_urgent_begin()
    {
        await OpenRoomAsync(slots: 2);

        var jobs = new[] { 9, 5, 0, 5 }.Select(priority => new NewJob(Plain with { Priority = priority }, NoArgs));
        var enqueued = await Jobs.InsertAsync([.. jobs], Now, Stop);

        Assert.Equal([enqueued[2].Id, enqueued[1].Id], Begun.Select(job => job.Id));
        Assert.Equal(enqueued.Select(one => one.Id).Order(), enqueued.Select(one => one.Id));
        Assert.Equal(JobState.Queued, await StateAsync(enqueued[0].Id));
    }

    [Fact]
    public async Task Of_jobs_that_come_together_those_of_the_first_queue_begin()
    {
        await OpenRoomAsync(slots: 2);

        var jobs = new[] { "default", "mail", "first" }
            .Select(queue => new NewJob(Plain with { Queue = queue, Priority = queue == "first" ? 9 : 0 }, NoArgs));
        var enqueued = await Jobs.InsertAsync([.. jobs], Now, Stop);

        Assert.Equal([enqueued[2].Id, enqueued[0].Id], Begun.Select(job => job.Id));
    }

    [Fact]
    public async Task A_worker_that_had_no_room_to_ask_for_lets_nobody_be_passed_by()
    {
        await OpenRoomAsync(slots: 2);
        await InsertManyAsync(5);
        Store.Signals.Room.Release(2);
        Assert.Single(await AskAsync()); // half of the room
        Assert.Single(await AskAsync());
        Assert.Empty(await AskAsync());
        Store.Signals.Room.Release(1);

        var id = await InsertAsync();

        Assert.Equal(2, Begun.Count);
        Assert.Equal(JobState.Queued, await StateAsync(id));
    }

    [Fact]
    public async Task What_a_crash_may_be_blamed_on_does_not_wait_in_a_worker()
    {
        await OpenRoomAsync(slots: 2, prefetch: 1_000);
        await InsertAsync();
        var quick = Ended(Begun[0], JobEvent.Succeed);
        for (var number = 0; number < 100; number++) // they take no time, so that many fit ahead
        {
            Store.Signals.Room.Ended([quick]);
            Store.Signals.Room.Reserve(1);
        }
        Store.Signals.Room.Reserve(1);

        var alone = await InsertAsync(WithAttempts(1));
        var other = await InsertAsync(Plain with { Queue = "mail" });

        Assert.Equal(JobState.Queued, await StateAsync(alone));
        Assert.Equal(other, Assert.Single(Begun.Skip(1)).Id);
    }

    [Fact]
    public async Task Jobs_of_paused_and_limited_queues_and_of_queues_that_are_not_served_do_not_begin()
    {
        await OpenRoomAsync();
        await Store.Queues.SetMaxRunningAsync("mail", 5, Stop);
        await Store.Queues.SetPausedAsync("default", isPaused: true, Stop);

        var paused = await InsertAsync();
        var limited = await InsertAsync(Plain with { Queue = "mail" });
        var other = await InsertAsync(Plain with { Queue = "others" });

        Assert.Empty(Begun);
        Assert.Equal(JobState.Queued, await StateAsync(paused));
        Assert.Equal(JobState.Queued, await StateAsync(limited));
        Assert.Equal(JobState.Queued, await StateAsync(other));
        Assert.Equal(0, Store.Signals.Room.InHand);
    }

    [Fact]
    public async Task Jobs_that_wait_for_a_time_or_hold_a_key_until_they_start_do_not_begin()
    {
        await OpenRoomAsync();

        await InsertAsync(Plain with { DueAt = Now + TimeSpan.FromHours(1) });
        await InsertAsync(Plain with { Unique = new Unique("one", UniqueScope.WhileWaiting) });

        Assert.Empty(Begun);
        Assert.Equal(0, Store.Signals.Room.InHand);
    }

    [Fact]
    public async Task While_claims_find_all_that_they_ask_for_new_jobs_queue_up()
    {
        await InsertManyAsync(10);
        await OpenRoomAsync(slots: 2);

        var id = await InsertAsync();

        Assert.Empty(Begun);
        Assert.Equal(JobState.Queued, await StateAsync(id));
    }

    [Fact]
    public async Task An_exchange_that_claims_nothing_says_nothing_of_what_waits()
    {
        await InsertManyAsync(10);
        await OpenRoomAsync(slots: 2);
        await Jobs.ExchangeAsync(new Exchange(Node, [], Claim: null, Now), Stop);
        Store.Signals.Room.Release(1);

        await InsertAsync();

        Assert.Empty(Begun);
    }

    [Fact]
    public async Task Of_due_times_the_most_urgent_begin()
    {
        await OpenRoomAsync(slots: 2);
        var fires = new List<ScheduleFire>();
        foreach (var priority in new[] { 9, 5, 0, 5 })
            fires.Add(await DueAsync($"tick-{fires.Count}", priority));

        var fired = await Store.Schedules.FireAsync(fires, Now, Stop);

        Assert.Equal(["tick-2", "tick-1"], Begun.Select(job => job.Schedule));
        Assert.Equal(fired[2]!.Occurrences[0].JobId, Begun[0].Id);
    }

    private async Task<ScheduleFire> DueAsync(string name, int priority)
    {
        var put = new SchedulePut
        {
            Name = name,
            Project = "default",
            Trigger = new IntervalTrigger(TimeSpan.FromHours(1), Now),
            Kind = "test",
            Args = NoArgs,
            NextDue = Now,
            Actor = "ann",
        };
        var schedule = (await Store.Schedules.PutAsync(put, Now, Stop)).Schedule!;
        var job = new NewJob(Plain with { Schedule = name, Priority = priority }, NoArgs);
        var due = new DueOccurrence(Now, OccurrenceOutcome.Enqueued, job);
        return new ScheduleFire(schedule, [due], Now.AddHours(1), Now);
    }

    [Fact]
    public async Task A_due_time_begins_its_job_at_once()
    {
        await OpenRoomAsync();
        var fire = await DueAsync("tick", Plain.Priority);

        var fired = await Store.Schedules.FireAsync([fire], Now, Stop);
        Assert.Null((await Store.Schedules.FireAsync([fire], Now, Stop))[0]);

        var job = Assert.Single(Begun);
        Assert.Equal((fired[0]!.Occurrences[0].JobId, "tick"), (job.Id, job.Schedule));
        Assert.Equal(1, Store.Signals.Room.InHand);
        Assert.True(await EndAsync(job, JobEvent.Succeed));
        Assert.Equal(JobState.Succeeded, await StateAsync(job.Id));
    }
}
