using Rota.Jobs;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>Ended jobs go when their time is over, and only those.</summary>
public abstract class JobPruneContract : StoreContract
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private static Retention Keep(Func<string, JobState, TimeSpan> rule, int limit = 500) =>
        new(rule, TimeSpan.Zero, limit);

    private async Task<IReadOnlyList<JobId>> EndManyAsync(int count, JobEvent what, JobTemplate? template = null)
    {
        await InsertManyAsync(count, template);
        var jobs = await ClaimAsync(slots: count);
        await Jobs.ExchangeAsync(new Exchange(Node, [.. jobs.Select(job => Ended(job, what))], Claim: null, Now), Stop);
        return [.. jobs.Select(job => job.Id)];
    }

    /// <summary>Prunes as the janitor does: until nothing is left to look at.</summary>
    private async Task<int> PruneAsync(Retention rule)
    {
        var deleted = 0;
        for (var calls = 0; ; calls++)
        {
            Assert.InRange(calls, 0, 1_000);
            var pruned = await Jobs.PruneAsync(rule, Now, Stop);
            deleted += pruned.Deleted;
            if (!pruned.IsMore)
                return deleted;
        }
    }

    [Fact]
    public async Task A_job_is_kept_to_the_instant_that_its_rule_says()
    {
        var id = Assert.Single(await EndManyAsync(1, JobEvent.Succeed));
        var rule = Keep((_, _) => Day);

        Now = Start + Day - TimeSpan.FromMilliseconds(1);
        Assert.Equal(0, await PruneAsync(rule));
        Now = Start + Day;
        Assert.Equal(1, await PruneAsync(rule));
        Assert.Null(await Jobs.FindAsync(id, Stop));
    }

    [Fact]
    public async Task Kinds_and_outcomes_have_rules_of_their_own()
    {
        var succeeded = Assert.Single(await EndManyAsync(1, JobEvent.Succeed));
        var failed = Assert.Single(await EndManyAsync(1, JobEvent.Exhaust));
        var other = Assert.Single(await EndManyAsync(1, JobEvent.Succeed, Plain with { Kind = "other" }));
        Now += Day;

        await PruneAsync(Keep((kind, state) => kind == "other" || state == JobState.Failed ? 9 * Day : Day));

        Assert.Null(await Jobs.FindAsync(succeeded, Stop));
        Assert.NotNull(await Jobs.FindAsync(failed, Stop));
        Assert.NotNull(await Jobs.FindAsync(other, Stop));
    }

    [Fact]
    public async Task More_jobs_than_the_limit_that_ended_at_one_instant_are_all_deleted()
    {
        await EndManyAsync(57, JobEvent.Succeed);
        Now += Day;

        Assert.Equal(57, await PruneAsync(Keep((_, _) => Day, limit: 10)));
    }

    [Fact]
    public async Task Old_jobs_that_are_kept_longer_do_not_hide_those_behind_them()
    {
        await EndManyAsync(35, JobEvent.Exhaust);
        await EndManyAsync(35, JobEvent.Succeed);
        Now += Day;

        Assert.Equal(35, await PruneAsync(Keep((_, state) => state == JobState.Failed ? 9 * Day : Day, limit: 10)));
    }

    [Fact]
    public async Task A_job_that_was_kept_longer_goes_when_its_own_time_is_over()
    {
        await EndManyAsync(35, JobEvent.Exhaust);
        var rule = Keep((_, state) => state == JobState.Failed ? 9 * Day : Day, limit: 10);
        Now += Day;
        await PruneAsync(rule);

        Now += 9 * Day;

        Assert.Equal(35, await PruneAsync(rule));
    }

    [Fact]
    public async Task What_has_not_ended_is_never_deleted()
    {
        await InsertAndClaimAsync();
        await InsertAsync();
        await InsertAsync(Plain with { DueAt = Now + Day });

        Assert.Equal(0, await PruneAsync(Keep((_, _) => TimeSpan.Zero)));
        Assert.Equal(3, (await Store.PlacesAsync()).Count);
    }

    [Fact]
    public async Task A_deleted_job_takes_all_that_hangs_on_it_along_and_leaves_the_counters()
    {
        var job = await InsertAndClaimAsync(Plain with { Tags = ["a"], Key = "k" });
        await Store.Attempts.ReportAsync([Line(job, 1)], [], Stop);
        await EndAsync(Ended(job, JobEvent.Succeed) with { Output = Json("1"), HasLog = true });

        await PruneAsync(Keep((_, _) => TimeSpan.Zero));

        Assert.Empty(await Store.OrphansAsync());
        Assert.Empty(await Jobs.CountAsync(Stop));
        Assert.Null(await Jobs.FindKeyAsync("default", "k", Stop));
        Assert.Empty(await Store.Attempts.ReadLogAsync(job.Id, token: null, after: null, 10, Stop));
    }

    [Fact]
    public async Task Nothing_younger_than_the_shortest_duration_is_looked_at()
    {
        await EndManyAsync(1, JobEvent.Succeed);

        Assert.Equal(0, await PruneAsync(new Retention((_, _) => TimeSpan.Zero, Day, 10)));
    }
}
