using Rota.Jobs;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>Which jobs a claim takes, and in which order.</summary>
public abstract class JobClaimContract : StoreContract
{
    private static JobTemplate In(string queue, int priority = 5) => Plain with { Queue = queue, Priority = priority };

    [Fact]
    public async Task The_lowest_priority_number_is_claimed_first_then_the_lowest_id()
    {
        var late = await InsertAsync(In("default", 9));
        var middle = await InsertManyAsync(2);
        var first = await InsertAsync(In("default", 0));

        Assert.Equal([first, .. middle, late], (await ClaimAsync()).Select(job => job.Id));
    }

    [Fact]
    public async Task A_claim_takes_no_more_than_asked_for()
    {
        await InsertManyAsync(10);

        Assert.Equal(5, (await ClaimAsync(slots: 2, prefetch: 3)).Count);
        Assert.Equal(5, (await ClaimAsync()).Count);
    }

    [Fact]
    public async Task A_queue_that_is_named_twice_is_worked_all_the_same()
    {
        var ids = await InsertManyAsync(3);

        Assert.Equal(ids, (await ClaimAsync(queues: ["default", "default"])).Select(job => job.Id));
    }

    [Fact]
    public async Task Slots_are_given_in_the_order_of_the_queues_and_only_their_attempts_count_when_the_process_dies()
    {
        var ahead = await InsertAsync(In("second"));
        var running = await InsertAsync(In("first"));
        await ClaimAsync(slots: 1, prefetch: 1, queues: ["first", "second"]);

        await DieAndRescueAsync();

        var attempts = (await ClaimAsync()).ToDictionary(job => job.Id, job => job.Attempt);
        Assert.Equal((2, 1), (attempts[running], attempts[ahead]));
    }

    [Fact]
    public async Task A_claimed_job_is_not_claimed_again()
    {
        await InsertAsync();
        await ClaimAsync();

        Assert.Empty(await ClaimAsync(node: "node-b"));
    }

    [Fact]
    public async Task A_claimed_job_says_who_runs_it()
    {
        var claimed = await InsertAndClaimAsync();

        var job = await GetAsync(claimed.Id);
        Assert.Equal((JobState.Running, Node, claimed.Token, 1, Start),
            (job.State, job.Node, job.Token, job.Attempt, job.StartedAt));
    }

    [Fact]
    public async Task A_claim_brings_all_that_the_worker_needs()
    {
        var template = In("mail", 3) with { Project = "acme", Schedule = "nightly", Settings = Json("{}") };
        await Jobs.InsertAsync([new NewJob(template, Json("[1]"))], Now, Stop);

        var job = await ClaimOneAsync();

        Assert.Equal(("test", "mail", 3, "acme", "nightly", 1, 0, Start),
            (job.Kind, job.Queue, job.Priority, job.Project, job.Schedule, job.Attempt, job.Crashes, job.CreatedAt));
        Assert.Equal(("[1]", "{}"), (Text(job.Args), Text(job.Settings!.Value)));
    }

    [Fact]
    public async Task Tokens_grow_with_every_claim_of_any_job()
    {
        await InsertManyAsync(3);
        var tokens = (await ClaimAsync()).Select(job => job.Token).ToList();
        await Store.ReopenAsync();
        tokens.Add((await InsertAndClaimAsync()).Token);

        Assert.Equal(tokens.Order(), tokens);
        Assert.Equal(4, tokens.Distinct().Count());
    }

    [Fact]
    public async Task Queues_in_strict_order_empty_the_first_before_the_second()
    {
        var second = await InsertAsync(In("b", 0));
        var first = await InsertAsync(In("z", 9));

        Assert.Equal([first, second], (await ClaimAsync(queues: ["z", "b"])).Select(job => job.Id));
    }

    [Fact]
    public async Task A_queue_that_is_not_named_is_left_alone()
    {
        await InsertAsync(In("other"));

        Assert.Empty(await ClaimAsync(queues: ["mail"]));
    }

    [Fact]
    public async Task All_queues_take_turns_so_that_a_full_one_starves_no_other()
    {
        foreach (var queue in new[] { "a", "b", "c" })
            await InsertManyAsync(4, In(queue));

        var served = new List<string>();
        for (var turn = 0; turn < 6; turn++)
            served.Add(Assert.Single(await ClaimAsync(slots: 1)).Queue);

        Assert.Equal(["a", "b", "c", "a", "b", "c"], served);
    }

    [Fact]
    public async Task One_claim_from_all_queues_goes_on_to_the_next_queue_when_one_is_empty()
    {
        await InsertAsync(In("a"));
        await InsertAsync(In("b"));
        await InsertAsync(In("c"));

        Assert.Equal(["a", "b", "c"], (await ClaimAsync()).Select(job => job.Queue));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    public async Task A_paused_queue_is_passed_over_and_comes_back_when_it_is_resumed(string order)
    {
        var queues = order.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        await InsertAsync(In("a"));
        await InsertAsync(In("b"));
        await Store.Queues.SetPausedAsync("a", isPaused: true, Stop);

        Assert.Equal(["b"], (await ClaimAsync(queues: queues)).Select(job => job.Queue));
        await Store.Queues.SetPausedAsync("a", isPaused: false, Stop);
        Assert.Equal(["a"], (await ClaimAsync(queues: queues)).Select(job => job.Queue));
    }

    [Fact]
    public async Task Nothing_is_claimed_when_every_queue_is_paused()
    {
        await InsertAsync(In("a"));
        await Store.Queues.SetPausedAsync("a", isPaused: true, Stop);

        Assert.Empty(await ClaimAsync());
    }

    [Fact]
    public async Task A_job_whose_last_process_died_is_never_prefetched()
    {
        await InsertAndClaimAsync();
        await DieAndRescueAsync();

        Assert.Empty(await ClaimAsync(slots: 0, prefetch: 10));
        Assert.Single(await ClaimAsync(slots: 1, prefetch: 0));
    }

    [Fact]
    public async Task A_crashed_job_that_is_passed_over_lets_others_be_prefetched()
    {
        await InsertManyAsync(2);
        await ClaimAsync();
        await DieAndRescueAsync();
        var healthy = await InsertAsync(In("z"));

        var claimed = await ClaimAsync(slots: 1, prefetch: 5);

        Assert.Equal([1, 0], claimed.Select(job => job.Crashes));
        Assert.Equal(healthy, claimed[1].Id);
    }

    [Fact]
    public async Task A_job_on_its_last_attempt_is_never_prefetched_as_a_dead_process_would_end_it_unrun()
    {
        await InsertAsync(WithAttempts(1));

        Assert.Empty(await ClaimAsync(slots: 0, prefetch: 10));
        Assert.Single(await ClaimAsync(slots: 1, prefetch: 0));
    }

    [Fact]
    public async Task One_round_trip_ends_attempts_and_takes_the_next_jobs()
    {
        await InsertManyAsync(2);
        var first = await ClaimOneAsync();

        var exchanged = await Jobs.ExchangeAsync(
            new Exchange(Node, [Ended(first, JobEvent.Succeed)], new ClaimOrder([], 1, 0), Now), Stop);

        Assert.Equal(JobState.Succeeded, await StateAsync(first.Id));
        Assert.Equal(JobState.Running, await StateAsync(Assert.Single(exchanged.Claimed).Id));
    }

    [Fact]
    public async Task Jobs_ahead_are_those_of_the_same_queue_with_a_lower_priority_number_or_id()
    {
        await InsertManyAsync(3);
        await InsertAsync(In("default", 0));
        await InsertAsync(In("other", 0));
        var job = await GetAsync(await InsertAsync());
        await InsertAsync();

        Assert.Equal(4, await Jobs.CountAheadAsync(job, 100, Stop));
        Assert.Equal(2, await Jobs.CountAheadAsync(job, 2, Stop));
    }

    [Fact]
    public async Task The_queue_of_a_node_is_served_by_that_node_only()
    {
        var bound = await InsertAsync(Plain with { Queue = "node:node-b" });

        Assert.Empty(await ClaimAsync());

        Assert.Equal(bound, Assert.Single(await ClaimAsync(node: "node-b")).Id);
    }
}
