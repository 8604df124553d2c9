using Rota.Jobs;
using Rota.Queues;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>Queues of which only so many jobs run at once.</summary>
public abstract class QueueLimitContract : StoreContract
{
    private const string Queue = "mail";

    private static JobTemplate Mail(int priority = 5) => Plain with { Queue = Queue, Priority = priority };

    private Task LimitAsync(int? max) => Store.Queues.SetMaxRunningAsync(Queue, max, Stop);

    /// <summary>All that can be claimed now, by however many claims a worker would make.</summary>
    private async Task<List<Claimed>> ClaimAllAsync(string node = Node, int prefetch = 0)
    {
        var all = new List<Claimed>();
        IReadOnlyList<Claimed> claimed;
        do
        {
            all.AddRange(claimed = await ClaimAsync(prefetch: prefetch, node: node));
        }
        while (claimed.Count > 0 || await Store.Signals.Ready.WaitAsync(TimeSpan.Zero, TimeProvider.System, Stop));
        return all;
    }

    private async Task<IReadOnlyList<Claimed>> EndAndClaimAsync(Claimed job, JobEvent what) =>
        (await Jobs.ExchangeAsync(new Exchange(Node, [Ended(job, what)], new ClaimOrder([], 10, 0), Now), Stop))
        .Claimed;

    [Fact]
    public async Task As_many_jobs_run_as_it_allows_whoever_asks_and_the_next_one_when_one_ended()
    {
        var ids = await InsertManyAsync(4, Mail());
        await LimitAsync(2);

        var running = await ClaimAllAsync();
        Assert.Equal(ids.Take(2), running.Select(job => job.Id));
        Assert.Empty(await ClaimAllAsync(node: "node-b"));

        Assert.True(await EndAsync(running[0], JobEvent.Succeed));
        Assert.Equal([ids[2]], (await ClaimAllAsync()).Select(job => job.Id));
    }

    [Theory]
    [InlineData(JobEvent.Succeed)]
    [InlineData(JobEvent.Fail)]
    [InlineData(JobEvent.Exhaust)]
    [InlineData(JobEvent.Snooze)]
    [InlineData(JobEvent.Cancel)]
    public async Task The_exchange_that_ends_a_job_claims_the_next_one(JobEvent what)
    {
        var ids = await InsertManyAsync(3, Mail());
        await LimitAsync(1);
        var first = Assert.Single(await ClaimAllAsync());

        Assert.Equal([ids[1]], (await EndAndClaimAsync(first, what)).Select(job => job.Id));
    }

    [Fact]
    public async Task What_runs_already_counts_and_goes_on_when_the_limit_comes()
    {
        await InsertManyAsync(5, Mail());
        var running = await ClaimAsync(slots: 3);
        await LimitAsync(2);

        Assert.Empty(await ClaimAllAsync());
        Assert.Empty(await EndAndClaimAsync(running[0], JobEvent.Succeed));
        Assert.Single(await EndAndClaimAsync(running[1], JobEvent.Succeed));
    }

    [Fact]
    public async Task Its_jobs_do_not_wait_in_a_worker_where_they_would_take_the_places_of_others()
    {
        await InsertManyAsync(4, Mail());
        var other = await InsertAsync();
        await LimitAsync(3);

        var ahead = await ClaimAsync(slots: 0, prefetch: 10);
        Assert.Equal([other], ahead.Select(job => job.Id));
        Assert.Single(await ClaimAsync(slots: 1, prefetch: 10));
        Assert.Equal(2, (await ClaimAllAsync(prefetch: 10)).Count);
    }

    [Fact]
    public async Task Its_jobs_are_claimed_by_priority_however_full_it_is()
    {
        var late = await InsertAsync(Mail(9));
        var middle = await InsertManyAsync(2, Mail());
        await LimitAsync(1);
        var claimed = new List<Claimed>(await ClaimAllAsync());
        var first = await InsertAsync(Mail(0));

        while (claimed.Count < 4)
        {
            Assert.True(await EndAsync(claimed[^1], JobEvent.Succeed));
            claimed.Add(Assert.Single(await ClaimAllAsync()));
        }

        Assert.Equal([middle[0], first, middle[1], late], claimed.Select(job => job.Id));
    }

    [Fact]
    public async Task Queues_beside_it_go_on()
    {
        await InsertManyAsync(3, Mail());
        var others = await InsertManyAsync(3);
        await LimitAsync(1);

        var claimed = await ClaimAllAsync();

        Assert.Equal(others, claimed.Where(job => job.Queue != Queue).Select(job => job.Id));
        Assert.Single(claimed, job => job.Queue == Queue);
    }

    [Fact]
    public async Task Queues_in_strict_order_with_a_full_one_go_on_to_the_next()
    {
        await InsertManyAsync(2, Mail());
        var other = await InsertAsync();
        await LimitAsync(1);

        Assert.Equal([Queue, "default"],
            (await ClaimAsync(queues: [Queue, "default"])).Select(job => job.Queue));
        Assert.Equal(JobState.Running, await StateAsync(other));
    }

    [Theory]
    [InlineData(null, 5)]
    [InlineData(3, 2)]
    public async Task A_limit_is_raised_or_lifted_at_once(int? max, int more)
    {
        await InsertManyAsync(6, Mail());
        await LimitAsync(1);
        await ClaimAllAsync();
        await Store.Signals.Ready.WaitAsync(TimeSpan.Zero, TimeProvider.System, Stop);
        var isTold = Store.Signals.Ready.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Stop);

        await LimitAsync(max);

        Assert.True(await isTold);
        Assert.Equal(more, (await ClaimAllAsync()).Count);
    }

    [Fact]
    public async Task A_job_that_a_dead_process_held_takes_no_place_any_more()
    {
        await InsertManyAsync(2, Mail());
        await LimitAsync(1);
        var lost = Assert.Single(await ClaimAllAsync());

        await DieAndRescueAsync();

        Assert.Equal(lost.Id, Assert.Single(await ClaimAllAsync()).Id);
    }

    [Fact]
    public async Task A_paused_and_limited_queue_keeps_both_after_the_store_is_opened_again()
    {
        await InsertManyAsync(2, Mail());
        await LimitAsync(1);
        await Store.Queues.SetPausedAsync(Queue, isPaused: true, Stop);
        await Store.ReopenAsync();

        Assert.Equal(new QueueRule(true, 1), (await Store.Queues.RulesAsync(Stop))[Queue]);
        Assert.Empty(await ClaimAllAsync());
        await Store.Queues.SetPausedAsync(Queue, isPaused: false, Stop);
        Assert.Single(await ClaimAllAsync());
    }
}
