using Rota.Postgres;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>What several nodes do to the same rows at the same time.</summary>
public sealed class PostgresNodesTests : StoreContract
{
    private PostgresTestStore _store = null!; // set before each test

    protected override async Task<TestStore> OpenAsync() => _store = await PostgresTestStore.OpenAsync();

    private Task<IReadOnlyList<JobCount>> CountAsync() => Jobs.CountAsync(Stop);

    [Fact]
    public async Task Jobs_that_several_nodes_prune_at_once_are_deleted_and_counted_once()
    {
        const int Count = 1_000;
        await InsertManyAsync(Count, Plain with { Tags = ["a"] });
        var claimed = await ClaimAsync(slots: Count);
        await Jobs.ExchangeAsync(
            new Exchange(Node, [.. claimed.Select(job => Ended(job, JobEvent.Exhaust))], Claim: null, Now), Stop);
        await using var one = await _store.OpenAnotherAsync();
        await using var two = await _store.OpenAnotherAsync();

        var deleted = await Task.WhenAll(new[] { _store.Database, one, two }.Select(PruneAsync));

        Assert.Equal(Count, deleted.Sum());
        Assert.Empty(await _store.PlacesAsync());
        Assert.Empty(await _store.OrphansAsync());
        Assert.Empty(await CountAsync());
    }

    private async Task<int> PruneAsync(PostgresDatabase node)
    {
        var rule = new Retention((_, _) => TimeSpan.Zero, TimeSpan.Zero, Limit: 20);
        var deleted = 0;
        for (var isMore = true; isMore;)
        {
            var pruned = await JobDelete.PruneAsync(node, rule, Now, Stop);
            (deleted, isMore) = (deleted + pruned.Deleted, pruned.IsMore);
        }
        return deleted;
    }

    [Fact]
    public async Task Counts_are_right_at_every_moment_while_nodes_add_steps_to_the_counters()
    {
        const int Rounds = 100;
        await using var other = await _store.OpenAnotherAsync();
        var isOver = false;
        var folds = new[] { _store.Database, other }.Select(async node =>
        {
            while (!Volatile.Read(ref isOver))
                await JobCounters.FoldAsync(node, Stop);
        }).ToList();

        for (var round = 1; round <= Rounds; round++)
        {
            await InsertManyAsync(3);
            Assert.Equal(3 * round, Assert.Single(await CountAsync()).Count);
        }
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(folds);
        Assert.Equal(3 * Rounds, Assert.Single(await CountAsync()).Count);
    }

    [Fact]
    public async Task A_line_that_comes_while_its_job_is_deleted_leaves_nothing_behind()
    {
        const int Rounds = 50;
        await using var other = await _store.OpenAnotherAsync();
        for (var round = 0; round < Rounds; round++)
        {
            var job = await InsertAndClaimAsync();
            await EndAsync(job, JobEvent.Exhaust);
            await Task.WhenAll(Store.Attempts.ReportAsync([Line(job, 1)], [], Stop), PruneAsync(other));
        }

        Assert.Empty(await _store.OrphansAsync());
    }

    [Fact]
    public async Task The_health_names_version_size_and_how_news_arrive()
    {
        var health = new PostgresHealth(_store.Database);
        await health.CheckWritableAsync(Stop);

        Assert.Matches(@"^PostgreSQL 1\d\.\d+, [\d.,]+ MB, news of other nodes arrive by LISTEN\.$",
            await health.DescribeAsync(Stop));
    }
}
