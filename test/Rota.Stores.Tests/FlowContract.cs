using Rota.Jobs;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>Edges between jobs, jobs of one insert that wait for each other, and jobs that come next.</summary>
public abstract class FlowContract : StoreContract
{
    private static JobTemplate After(DependencyRule rule, params JobId[] on) =>
        Plain with { Kind = "after", DependsOn = on, DependencyRule = rule };

    private static NewJob New(params int[] after) => new(Plain with { DependsOnNew = after }, NoArgs);

    private async Task<JobId[]> InsertAsync(params NewJob[] jobs) =>
        [.. (await Jobs.InsertAsync(jobs, Now, Stop)).Select(job => job.Id)];

    private async Task<IEnumerable<(JobId OnId, JobState? State)>> EdgesAsync(JobId id) =>
        (await Store.Flows.DependenciesAsync([id], 20_000, Stop)).Select(edge => (edge.OnId, edge.State));

    private Finished Repeated(Claimed job, JobTemplate? next = null) => Ended(job, JobEvent.Succeed) with
    {
        Next = new NewJob((next ?? Plain) with { DependsOn = [job.Id] }, NoArgs),
    };

    /// <summary>The process that runs a job dies, and another one takes it.</summary>
    private async Task<Claimed> ReclaimAsync(JobId id)
    {
        await DieAndRescueAsync();
        return Assert.Single(await ClaimAsync(), job => job.Id == id);
    }

    private async Task<IReadOnlyList<Job>> AllAsync() =>
        [.. (await Jobs.ListAsync(new JobFilter(), before: null, 1_000, Stop)).OrderBy(job => job.Id)];

    [Fact]
    public async Task An_edge_says_how_the_job_before_ended_and_stays()
    {
        await InsertManyAsync(3);
        var before = await ClaimAsync();
        await EndAsync(before[0], JobEvent.Exhaust);
        var id = await InsertAsync(After(DependencyRule.AllEnded, [.. before.Select(job => job.Id)]));

        Assert.Equal([(before[0].Id, JobState.Failed), (before[1].Id, null), (before[2].Id, null)],
            await EdgesAsync(id));
        await EndAsync(before[1], JobEvent.Succeed);
        await EndAsync(before[2], JobEvent.Cancel);

        Assert.Equal(JobState.Queued, await StateAsync(id));
        Assert.Equal([(before[0].Id, JobState.Failed), (before[1].Id, JobState.Succeeded),
            (before[2].Id, JobState.Canceled)], await EdgesAsync(id));
    }

    [Fact]
    public async Task A_failed_attempt_that_will_be_repeated_is_no_end()
    {
        var before = await InsertAndClaimAsync();
        var id = await InsertAsync(After(DependencyRule.AllEnded, before.Id));

        await EndAsync(before, JobEvent.Fail);

        Assert.Equal([(before.Id, null)], await EdgesAsync(id));
    }

    [Fact]
    public async Task Edges_of_canceled_jobs_are_noted_too()
    {
        var first = await InsertAndClaimAsync();
        var second = await InsertAsync(After(DependencyRule.AllSucceeded, first.Id));
        var third = await InsertAsync(After(DependencyRule.AllSucceeded, second));
        var alone = await InsertAsync(After(DependencyRule.AllEnded, first.Id));
        await CancelAsync(alone);

        await EndAsync(first, JobEvent.Exhaust);

        Assert.Equal([(first.Id, JobState.Failed)], await EdgesAsync(second));
        Assert.Equal([(second, JobState.Canceled)], await EdgesAsync(third));
        Assert.Equal([(first.Id, JobState.Failed)], await EdgesAsync(alone));
    }

    [Fact]
    public async Task Dependents_and_jobs_are_read_by_id()
    {
        var ids = await InsertAsync(New(), New(0), New(0), New(1, 2));

        var edges = await Store.Flows.DependentsAsync([ids[1], ids[0]], 10, Stop);
        Assert.Equal([(ids[1], ids[0]), (ids[2], ids[0]), (ids[3], ids[1])],
            edges.Select(edge => (edge.Id, edge.OnId)));
        Assert.Equal(2, (await Store.Flows.DependentsAsync(ids, 2, Stop)).Count);
        Assert.Single(await Store.Flows.DependenciesAsync(ids, 1, Stop));
        var jobs = await Store.Flows.JobsAsync([ids[3], new JobId(1_000_000), ids[0]], Stop);
        Assert.Equal([(ids[0], JobState.Queued), (ids[3], JobState.Blocked)], jobs.Select(job => (job.Id, job.State)));
    }

    [Fact]
    public async Task Jobs_of_one_insert_wait_for_those_before_them()
    {
        var ids = await InsertAsync(New(), New(0), New(0), New(1, 2));
        Assert.Equal([JobState.Queued, JobState.Blocked, JobState.Blocked, JobState.Blocked],
            (await AllAsync()).Select(job => job.State));

        await EndAsync(await ClaimOneAsync(), JobEvent.Succeed);
        foreach (var job in await ClaimAsync())
            await EndAsync(job, JobEvent.Succeed);

        Assert.Equal(ids[3], (await ClaimOneAsync()).Id);
    }

    [Fact]
    public async Task A_reference_to_a_job_that_was_there_leads_to_that_one()
    {
        var unique = Plain with { Unique = new Unique("only one") };
        var held = await InsertAndClaimAsync(unique);

        var ids = await InsertAsync(new NewJob(unique, NoArgs), New(0));

        Assert.Equal(held.Id, ids[0]);
        Assert.Equal([(held.Id, null)], await EdgesAsync(ids[1]));
        await EndAsync(held, JobEvent.Succeed);
        Assert.Equal(JobState.Queued, await StateAsync(ids[1]));
    }

    [Fact]
    public async Task A_job_refers_only_to_those_before_it()
    {
        await Assert.ThrowsAnyAsync<Exception>(() => InsertAsync(New(), New(1)));
        await Assert.ThrowsAnyAsync<Exception>(() => InsertAsync(New(-1)));
        Assert.Empty(await AllAsync());
    }

    [Fact]
    public async Task A_flow_with_an_unknown_job_is_not_inserted_at_all()
    {
        var error = await Assert.ThrowsAsync<InvalidFieldException>(() => InsertAsync(
            New(), New(0), new NewJob(After(DependencyRule.AllSucceeded, new JobId(1_000_000)), NoArgs)));

        Assert.Equal("depends_on", error.Field);
        Assert.Empty(await AllAsync());
        Assert.Empty(await Store.OrphansAsync());
    }

    [Fact]
    public async Task Ten_thousand_jobs_free_the_one_that_waits_for_all()
    {
        const int Count = 10_000;
        var member = new NewJob(Plain with { Tags = ["member"] }, NoArgs);
        var all = new NewJob(Plain with
        {
            Kind = "all",
            DependsOnNew = [.. Enumerable.Range(0, Count)],
            DependencyRule = DependencyRule.AllEnded,
        }, NoArgs);
        var ids = await InsertAsync([.. Enumerable.Repeat(member, Count), all]);
        Assert.Equal(new Progress(0, Count, null), (await GetAsync(ids[^1])).Progress);

        for (var ended = 0; ended < Count;)
        {
            Assert.Equal((JobState.Blocked, Count - ended),
                ((await GetAsync(ids[^1])).State, (await GetAsync(ids[^1])).Blockers));
            var jobs = await ClaimAsync(slots: 2_500);
            var ends = jobs.Select(job => Ended(job, job.Id == ids[7] ? JobEvent.Exhaust : JobEvent.Succeed));
            await Jobs.ExchangeAsync(new Exchange(Node, [.. ends], Claim: null, Now), Stop);
            ended += jobs.Count;
            Assert.NotEmpty(jobs);
        }

        Assert.Equal(ids[^1], (await ClaimOneAsync()).Id);
        var states = (await EdgesAsync(ids[^1])).Select(edge => edge.State).ToList();
        Assert.Equal((Count - 1, 1), (states.Count(state => state == JobState.Succeeded),
            states.Count(state => state == JobState.Failed)));
        Assert.Null((await GetAsync(ids[^1])).Progress);
    }

    [Fact]
    public async Task Outputs_come_in_the_order_of_the_jobs()
    {
        await InsertManyAsync(3);
        var before = await ClaimAsync();
        var id = await InsertAsync(After(DependencyRule.AllEnded, before[2].Id, before[0].Id, before[1].Id));
        await EndAsync(Ended(before[2], JobEvent.Succeed) with { Output = Json("3") });
        await EndAsync(Ended(before[0], JobEvent.Succeed) with { Output = Json("1") });
        await EndAsync(before[1], JobEvent.Exhaust);

        var outputs = await Store.Flows.OutputsAsync(id, 2, Stop);

        Assert.Equal(["1", null, "3"], outputs!.Select(output => output is { } json ? Text(json) : null));
        Assert.Null(await Store.Flows.OutputsAsync(id, 1, Stop));
        Assert.Empty((await Store.Flows.OutputsAsync(before[0].Id, 1, Stop))!);
    }

    [Fact]
    public async Task A_job_that_others_wait_for_is_kept_until_they_have_ended()
    {
        var before = await InsertAndClaimAsync();
        var id = await InsertAsync(After(DependencyRule.AllSucceeded, before.Id));
        await EndAsync(Ended(before, JobEvent.Succeed) with { IsKept = false, Output = Json("1") });
        var atOnce = new Retention((_, _) => TimeSpan.Zero, TimeSpan.Zero, 500);

        Assert.Equal(0, (await Jobs.PruneAsync(atOnce, Now, Stop)).Deleted);
        Assert.Single((await Store.Flows.OutputsAsync(id, 100, Stop))!, output => output is not null);
        await EndAsync(await ClaimOneAsync(), JobEvent.Succeed);

        Assert.Equal(2, (await Jobs.PruneAsync(atOnce, Now, Stop)).Deleted);
        Assert.Empty(await Store.OrphansAsync());
    }

    [Fact]
    public async Task An_edge_outlives_the_job_it_leads_to()
    {
        var before = await InsertAndClaimAsync();
        await EndAsync(before, JobEvent.Succeed);
        Now += TimeSpan.FromHours(2);
        var after = await InsertAndClaimAsync(After(DependencyRule.AllSucceeded, before.Id));
        await EndAsync(after, JobEvent.Succeed);
        var hour = new Retention((_, _) => TimeSpan.FromHours(1), TimeSpan.Zero, 500);

        Assert.Equal(1, (await Jobs.PruneAsync(hour, Now, Stop)).Deleted);

        Assert.Equal([(before.Id, JobState.Succeeded)], await EdgesAsync(after.Id));
        Assert.Null(Assert.Single((await Store.Flows.OutputsAsync(after.Id, 100, Stop))!));
    }

    [Fact]
    public async Task A_retry_takes_the_edges_over_and_waits_for_what_is_open()
    {
        await InsertManyAsync(2);
        var before = await ClaimAsync();
        var id = await InsertAsync(After(DependencyRule.AllSucceeded, before[0].Id, before[1].Id));
        await EndAsync(before[0], JobEvent.Succeed);
        await CancelAsync(id);

        var retry = await InsertAsync(Plain with { RetryOf = id });

        Assert.Equal([(before[0].Id, JobState.Succeeded), (before[1].Id, null)], await EdgesAsync(retry));
        Assert.Equal(JobState.Blocked, await StateAsync(retry));
        await EndAsync(before[1], JobEvent.Exhaust);
        Assert.Equal(JobState.Queued, await StateAsync(retry));
        Assert.Equal([(before[0].Id, JobState.Succeeded), (before[1].Id, JobState.Failed)],
            await EdgesAsync(await InsertAsync(Plain with { RetryOf = retry })));
    }

    [Fact]
    public async Task The_job_that_comes_next_is_there_with_the_end()
    {
        var job = await InsertAndClaimAsync();
        var due = Now + TimeSpan.FromMinutes(5);

        Assert.True(await EndAsync(Repeated(job, Plain with { DueAt = due, Tags = ["again"] })));

        var next = await GetAsync((await AllAsync())[^1].Id);
        Assert.Equal((JobState.Scheduled, due, "again"), (next.State, next.DueAt, Assert.Single(next.Tags)));
        Assert.Equal([(job.Id, JobState.Succeeded)], await EdgesAsync(next.Id));
    }

    [Fact]
    public async Task The_end_and_the_claim_of_others_stand_beside_it()
    {
        await InsertManyAsync(3);
        var jobs = await ClaimAsync(slots: 2);
        var ends = new Exchange(Node, [Repeated(jobs[0]), Ended(jobs[1], JobEvent.Exhaust)],
            new ClaimOrder([], 1, 0), Now);

        var exchanged = await Jobs.ExchangeAsync(ends, Stop);

        Assert.Single(exchanged.Claimed);
        Assert.Equal([JobState.Succeeded, JobState.Failed, JobState.Running, JobState.Queued],
            (await AllAsync()).Select(job => job.State));
    }

    [Fact]
    public async Task A_refused_end_brings_nothing_next()
    {
        var lost = await InsertAndClaimAsync();
        var again = await ReclaimAsync(lost.Id);

        Assert.False(await EndAsync(Repeated(lost)));
        Assert.Single(await AllAsync());
        Assert.True(await EndAsync(Repeated(again)));
        Assert.False(await EndAsync(Repeated(again)));
        Assert.False(await EndAsync(Repeated(lost)));

        Assert.Equal(2, (await AllAsync()).Count);
    }

    [Fact]
    public async Task Only_a_success_brings_the_next_one()
    {
        var job = await InsertAndClaimAsync();

        await EndAsync(Repeated(job) with { Event = JobEvent.Exhaust, Outcome = AttemptOutcome.Failed });

        Assert.Single(await AllAsync());
    }

    [Fact]
    public async Task The_next_one_comes_though_the_job_is_not_kept()
    {
        var job = await InsertAndClaimAsync();

        await EndAsync(Repeated(job) with { IsKept = false });
        await EndAsync(await ClaimOneAsync(), JobEvent.Succeed);
        await Jobs.PruneAsync(new Retention((_, _) => TimeSpan.Zero, TimeSpan.Zero, 500), Now, Stop);

        Assert.Empty(await AllAsync());
        Assert.Empty(await Store.OrphansAsync());
    }

    [Fact]
    public async Task The_next_one_holds_the_unique_key_if_it_is_free()
    {
        var unique = Plain with { Unique = new Unique("only one") };
        var job = await InsertAndClaimAsync(unique);
        await EndAsync(Repeated(job, unique));
        var next = (await AllAsync())[^1].Id;
        Assert.Equal(next, await InsertAsync(unique));

        var waiting = Plain with { Unique = new Unique("while it waits", UniqueScope.WhileWaiting) };
        var running = await InsertAndClaimAsync(waiting);
        var other = await InsertAsync(waiting);
        await EndAsync(Repeated(running, waiting));

        Assert.Equal(other, await InsertAsync(waiting));
        Assert.Equal([(running.Id, JobState.Succeeded)], await EdgesAsync((await AllAsync())[^1].Id));
    }
}
