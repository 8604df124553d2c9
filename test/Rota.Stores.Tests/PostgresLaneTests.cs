using Rota.Postgres;

namespace Rota.Stores.Tests;

/// <summary>Where claims begin to look, while jobs keep coming, and no sweep comes between.</summary>
public sealed class PostgresLaneTests : StoreContract
{
    private static readonly Lane Lane = new(1, 5);
    private static readonly HashSet<int> NoneFull = [];

    protected override async Task<TestStore> OpenAsync()
    {
        var store = await PostgresTestStore.OpenAsync();
        store.Database.Lanes.SweepPause = TimeSpan.FromHours(1);
        return store;
    }

    private LaneBook Book => ((PostgresTestStore)Store).Database.Lanes;

    private async Task<LaneBook.Look> LookAsync() => (await Book.NextAsync([Lane.Queue], Node, Stop))!;

    /// <summary>Makes a lane of which all is known; the first look is a sweep.</summary>
    private async Task BeginAsync()
    {
        Book.Add(Lane);
        Book.Heat(Lane, 1);
        Book.Learn(await LookAsync(), new Dictionary<Lane, LaneBook.Found>(), served: null, isFilled: false, NoneFull);
        Assert.Null(await Book.NextAsync([Lane.Queue], Node, Stop));
    }

    private void Learn(LaneBook.Look look, long highest, bool isFilled = false) =>
        Book.Learn(look, new Dictionary<Lane, LaneBook.Found> { [Lane] = new(highest + 1, MayHoldMore: false) },
            Lane.Queue, isFilled, NoneFull);

    [Fact]
    public async Task The_mark_rises_although_every_claim_is_overtaken_by_a_new_job()
    {
        await BeginAsync();
        for (var id = 10; id < 1_000; id++)
        {
            Book.Heat(Lane, id);
            var look = await LookAsync();
            Assert.Equal([id], look.From);
            Book.Heat(Lane, id + 1); // told while the claim is on its way
            Learn(look, highest: id);
        }
    }

    [Fact]
    public async Task A_job_told_while_a_claim_is_on_its_way_is_looked_for_though_its_id_is_lower()
    {
        await BeginAsync();
        Book.Heat(Lane, 100);
        var look = await LookAsync();
        foreach (var id in (long[])[120, 40, 60])
            Book.Heat(Lane, id);
        Learn(look, highest: 110);

        Assert.Equal([40], (await LookAsync()).From);
    }

    [Fact]
    public async Task However_many_are_told_meanwhile_none_is_forgotten()
    {
        await BeginAsync();
        Book.Heat(Lane, 100);
        var look = await LookAsync();
        for (var id = 200; id < 1_200; id++)
            Book.Heat(Lane, id);
        Learn(look, highest: 5_000);

        Assert.Equal([200], (await LookAsync()).From);
    }

    [Fact]
    public async Task A_claim_that_found_nothing_begins_behind_it_the_next_time()
    {
        await BeginAsync();
        Book.Heat(Lane, 100);
        var look = await LookAsync();
        Book.Heat(Lane, 300); // another node took 100
        Book.Learn(look, new Dictionary<Lane, LaneBook.Found>(), served: null, isFilled: false, NoneFull);

        Assert.Equal([300], (await LookAsync()).From);
    }

    [Fact]
    public async Task A_claim_that_takes_only_some_ahead_begins_behind_them_the_next_time()
    {
        var ids = await InsertManyAsync(5);
        Assert.Equal(5, (await ClaimAsync(slots: 2, prefetch: 10)).Count);
        Assert.Null(await Book.NextAsync([], Node, Stop));

        var next = await InsertAsync();
        Assert.True(next.Value > ids[^1].Value);
        Assert.Equal([next.Value], (await Book.NextAsync([], Node, Stop))!.From);
    }

    [Fact]
    public async Task Jobs_that_may_not_be_taken_ahead_are_where_the_next_claim_begins()
    {
        await InsertManyAsync(2);
        var alone = (await InsertManyAsync(2, WithAttempts(1)))[0];
        await InsertManyAsync(2);
        Assert.Equal(4, (await ClaimAsync(slots: 1, prefetch: 10)).Count);

        Assert.Equal([alone.Value], (await Book.NextAsync([], Node, Stop))!.From);
        Assert.Equal([alone], (await ClaimAsync(slots: 1, prefetch: 10)).Select(job => job.Id));
        Assert.Equal([alone.Value + 1], (await Book.NextAsync([], Node, Stop))!.From);
    }

    [Fact]
    public async Task A_limited_queue_whose_job_ends_while_a_claim_finds_no_room_is_looked_at_again()
    {
        await LimitAsync();
        Book.Heat(Lane, 10);
        var look = await LookAsync();
        Book.Open(Lane.Queue); // the end that the claim did not see
        LearnFull(look);

        Assert.Equal([Lane], (await LookAsync()).Lanes);
    }

    [Fact]
    public async Task A_full_queue_is_not_looked_at_for_each_new_job_but_when_one_of_its_jobs_ends_or_in_a_sweep()
    {
        await LimitAsync();
        Book.Heat(Lane, 10);
        LearnFull(await LookAsync());
        Book.Heat(Lane, 5);
        Assert.Null(await Book.NextAsync([Lane.Queue], Node, Stop));

        Book.Open(Lane.Queue);
        var look = await LookAsync();
        Assert.Equal([5], look.From);
        LearnFull(look);
        Book.Forget();
        Assert.Equal([0], (await LookAsync()).From);
    }

    /// <summary>Limits the queue of the lane, which holds no jobs.</summary>
    private async Task LimitAsync()
    {
        await Store.Queues.SetMaxRunningAsync("default", 1, Stop);
        await BeginAsync();
        Assert.True(Book.IsLimited(Lane.Queue));
    }

    private void LearnFull(LaneBook.Look look) => Book.Learn(look, new Dictionary<Lane, LaneBook.Found>(),
        served: null, isFilled: false, full: new HashSet<int> { Lane.Queue });

    [Fact]
    public async Task A_queue_whose_jobs_were_only_passed_over_keeps_its_turn()
    {
        foreach (var queue in (string[])["a", "b"])
            await InsertManyAsync(3, WithAttempts(1) with { Queue = queue });
        var first = Assert.Single(await ClaimAsync(slots: 1)).Queue;

        Assert.Empty(await ClaimAsync(slots: 0, prefetch: 1));

        Assert.NotEqual(first, Assert.Single(await ClaimAsync(slots: 1)).Queue);
    }

    [Fact]
    public async Task What_a_filled_claim_left_is_looked_for_at_once()
    {
        await BeginAsync();
        Book.Heat(Lane, 100);
        Learn(await LookAsync(), highest: 150, isFilled: true);

        Assert.Equal([151], (await LookAsync()).From);
    }
}
