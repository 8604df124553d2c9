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
    public async Task Two_processes_of_one_name_that_live_at_the_same_time_are_both_listed()
    {
        var node = new NodeBeat { Name = "a", Process = "1", Version = "1", StartedAt = Now };
        await Store.Nodes.BeatAsync(node, Now, Stop);
        Now += TimeSpan.FromSeconds(5);
        await Store.Nodes.BeatAsync(node with { Process = "2", StartedAt = Now }, Now, Stop);
        await Store.Nodes.BeatAsync(node, Now, Stop);
        await Store.Nodes.BeatAsync(node with { Process = "2", StartedAt = Now }, Now, Stop);

        Assert.Equal(["1", "2"], (await Store.Nodes.ListAsync(Stop)).Select(row => row.Process));
    }

    [Fact]
    public async Task A_beat_tells_how_far_the_clock_of_its_machine_is_ahead_of_the_databases()
    {
        var ahead = TimeSpan.FromHours(1);
        await BeatAsync();
        var none = Assert.Single(await Store.Nodes.ListAsync(Stop)).ClockOffset!.Value;
        // As an answer of the database would be, were this machine's clock an hour ahead of it.
        _store.Database.Clock.Set(TimeProvider.System.GetUtcNow() - ahead, TimeProvider.System.GetTimestamp());
        await BeatAsync();
        var hour = Assert.Single(await Store.Nodes.ListAsync(Stop)).ClockOffset!.Value;

        Assert.InRange(none, -TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        Assert.InRange(hour, ahead - TimeSpan.FromMinutes(1), ahead + TimeSpan.FromMinutes(1));

        Task BeatAsync() => Store.Nodes.BeatAsync(
            new NodeBeat { Name = "a", Version = "1", StartedAt = Now }, Now, Stop);
    }

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
            {
                node.Folds.Hurry();
                await JobCounters.FoldAsync(node, Stop);
            }
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
