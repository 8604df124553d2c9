using Rota.Postgres;
using Rota.Storage;
using Rota.Workers;

namespace Rota.Stores.Tests;

/// <summary>Ends that come beside a claim, as the worker brings them, also when the disk takes only one of the two.
/// </summary>
public sealed class PostgresExchangeTests : StoreContract
{
    private const int Count = 300;

    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();

    private PostgresDatabase Database => ((PostgresTestStore)Store).Database;

    [Fact]
    public async Task What_ended_is_stored_and_what_was_claimed_is_handed_out()
    {
        var (end, claim) = Begin(await EndedAsync());

        Assert.Empty((await end).Refused);
        Assert.Equal(Count, (await claim).Claimed.Count);
        Assert.Equal([(JobState.Running, Count), (JobState.Succeeded, Count)], await CountsAsync());
    }

    [Fact]
    public async Task Where_the_claim_fails_the_ends_are_stored_all_the_same()
    {
        var ended = await EndedAsync();
        await FailAsync("DELETE ON rota.ready");
        var (end, claim) = Begin(ended);

        await Assert.ThrowsAsync<StorageException>(() => claim);
        Assert.Empty((await end).Refused);
        Assert.Equal([(JobState.Queued, Count), (JobState.Succeeded, Count)], await CountsAsync());
        await MendAsync("ready");
        Assert.Equal(Count, (await ClaimAsync(Count)).Count);
    }

    [Fact]
    public async Task Where_the_claim_fails_no_new_job_passes_by_what_waits()
    {
        await InsertManyAsync(Count);
        var begun = new List<Claimed>();
        var (options, room) = (new WorkerOptions { Concurrency = Count, Prefetch = 0 }, Store.Signals.Room);
        room.Open(options, TimeProvider.System, _ => 0, (job, _) => begun.Add(job));
        room.Waive(); // the claim before found nothing
        await FailAsync("DELETE ON rota.ready");

        await Assert.ThrowsAsync<StorageException>(() =>
            Jobs.ExchangeAsync(new Exchange(Node, [], room.Order([]), Now), Stop));
        await InsertAsync();

        Assert.Empty(begun);
        Assert.Equal([(JobState.Queued, Count + 1)], await CountsAsync());
    }

    [Fact]
    public async Task Where_the_ends_fail_what_was_claimed_runs_and_nothing_is_refused_the_second_time()
    {
        var ended = await EndedAsync();
        await FailAsync("INSERT ON rota.outcome");
        var (end, claim) = Begin(ended);

        await Assert.ThrowsAsync<StorageException>(() => end);
        Assert.Equal(Count, (await claim).Claimed.Count);
        await MendAsync("outcome");
        Assert.Empty((await Jobs.ExchangeAsync(Bringing(ended), Stop)).Refused);
        Assert.Equal([(JobState.Running, Count), (JobState.Succeeded, Count)], await CountsAsync());
    }

    /// <summary>The ends of as many jobs as wait besides.</summary>
    private async Task<List<Finished>> EndedAsync()
    {
        await InsertManyAsync(2 * Count);
        return [.. (await ClaimAsync(Count)).Select(job => Ended(job, JobEvent.Succeed))];
    }

    private (Task<Exchanged> End, Task<Exchanged> Claim) Begin(List<Finished> ended) =>
        (Jobs.ExchangeAsync(Bringing(ended), Stop),
            Jobs.ExchangeAsync(new Exchange(Node, [], new ClaimOrder([], Count, Prefetch: 0), Now), Stop));

    private Exchange Bringing(List<Finished> ended) => new(Node, ended, Claim: null, Now);

    private async Task<List<(JobState State, int Count)>> CountsAsync() =>
    [
        .. (await Jobs.CountAsync(Stop)).Where(row => row.Count > 0).Select(row => (row.State, (int)row.Count)).Order(),
    ];

    private Task<int> FailAsync(string what) => Database.RunAsync($"""
        CREATE FUNCTION rota.fail() RETURNS trigger LANGUAGE plpgsql AS $fail$
        BEGIN
            RAISE EXCEPTION 'The disk is full.' USING ERRCODE = 'disk_full';
        END
        $fail$;
        CREATE TRIGGER fail BEFORE {what} FOR EACH ROW EXECUTE FUNCTION rota.fail()
        """, Stop);

    private Task<int> MendAsync(string table) => Database.RunAsync($"DROP TRIGGER fail ON rota.{table}", Stop);
}
