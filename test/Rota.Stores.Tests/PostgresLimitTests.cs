using Rota.Postgres;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>Limited queues that several nodes work.</summary>
public sealed class PostgresLimitTests : StoreContract
{
    private const int Max = 3;

    private PostgresTestStore _store = null!; // set before each test
    private int _running;
    private int _ended;

    protected override async Task<TestStore> OpenAsync() => _store = await PostgresTestStore.OpenAsync();

    [Fact]
    public async Task Nodes_that_claim_at_the_same_time_never_run_more_than_it_allows_together()
    {
        const int Count = 300;
        await InsertManyAsync(Count / 2, Plain with { Queue = "mail", Priority = 2 });
        await InsertManyAsync(Count / 2, Plain with { Queue = "mail" });
        await Store.Queues.SetMaxRunningAsync("mail", Max, Stop);
        await using var one = await _store.OpenAnotherAsync();
        await using var two = await _store.OpenAnotherAsync();

        var most = await Task.WhenAll(new[] { _store.Database, one, two }
            .Select(database => Task.Run(() => WorkAsync(new PostgresJobs(database), Count))));

        Assert.Equal(Count, _ended);
        Assert.InRange(most.Max(), 1, Max);
    }

    /// <returns>The most jobs that ran anywhere while this node worked.</returns>
    private async Task<int> WorkAsync(PostgresJobs jobs, int count)
    {
        var (most, held) = (0, new List<Claimed>());
        while (Volatile.Read(ref _ended) < count)
        {
            var ended = held.Select(job => Ended(job, JobEvent.Succeed)).ToList();
            Interlocked.Add(ref _running, -ended.Count); // they no more run than they end
            var order = new ClaimOrder([], Slots: 4, Prefetch: 4);
            held = [.. (await jobs.ExchangeAsync(new Exchange(Node, ended, order, Now), Stop)).Claimed];
            most = Math.Max(most, Interlocked.Add(ref _running, held.Count));
            Interlocked.Add(ref _ended, ended.Count);
        }
        return most;
    }

    [Fact]
    public async Task A_node_hears_that_a_job_of_another_one_ended()
    {
        await InsertManyAsync(2, Plain with { Queue = "mail" });
        await Store.Queues.SetMaxRunningAsync("mail", 1, Stop);
        var signals = new StoreSignals();
        await using var other = await _store.OpenAnotherAsync(signals);
        other.Lanes.SweepPause = TimeSpan.FromHours(1);
        var elsewhere = new PostgresJobs(other);
        var first = await ClaimOneAsync();
        Assert.Empty(await ClaimElsewhereAsync());

        Assert.True(await EndAsync(first, JobEvent.Succeed));

        // The first signals may be late ones, of the limit.
        while ((await ClaimElsewhereAsync()).Count == 0)
            Assert.True(await signals.Ready.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Stop));

        async Task<IReadOnlyList<Claimed>> ClaimElsewhereAsync() => (await elsewhere.ExchangeAsync(
            new Exchange("other", [], new ClaimOrder([], 1, 0), Now), Stop)).Claimed;
    }
}
