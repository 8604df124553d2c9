using Rota.Postgres;
using Rota.Storage;
using Rota.Workers;

namespace Rota.Stores.Tests;

/// <summary>Large exchanges, whose ends and whose claim go by a connection each, also when the disk takes only one of
/// the two.</summary>
public sealed class PostgresExchangeTests : StoreContract
{
    private const int Count = 300;

    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();

    private PostgresDatabase Database => ((PostgresTestStore)Store).Database;

    [Fact]
    public async Task What_ended_is_stored_and_what_was_claimed_is_handed_out()
    {
        var exchange = await LargeAsync();

        var exchanged = await Jobs.ExchangeAsync(exchange, Stop);

        Assert.Empty(exchanged.Refused);
        Assert.Equal(Count, exchanged.Claimed.Count);
        Assert.Equal([(JobState.Running, Count), (JobState.Succeeded, Count)], await CountsAsync());
    }

    [Fact]
    public async Task Where_the_claim_fails_the_ends_are_stored_all_the_same()
    {
        var exchange = await LargeAsync();
        await FailAsync("DELETE ON rota.ready");

        var exchanged = await Jobs.ExchangeAsync(exchange, Stop);

        Assert.Empty(exchanged.Refused);
        Assert.Empty(exchanged.Claimed);
        Assert.Equal([(JobState.Queued, Count), (JobState.Succeeded, Count)], await CountsAsync());
        await MendAsync("ready");
        Assert.Equal(Count, (await ClaimAsync(Count)).Count);
    }

    [Fact]
    public async Task Where_the_claim_fails_no_new_job_passes_by_what_waits()
    {
        var exchange = await LargeAsync();
        var begun = new List<Claimed>();
        var (options, room) = (new WorkerOptions { Concurrency = Count, Prefetch = 0 }, Store.Signals.Room);
        room.Open(options, TimeProvider.System, _ => 0, (job, _) => begun.Add(job));
        await FailAsync("DELETE ON rota.ready");

        var exchanged = await Jobs.ExchangeAsync(exchange with { Claim = room.Order([]) }, Stop);
        room.Answered(exchanged.Claimed.Count);
        await Jobs.ExchangeAsync(new Exchange(Node, [], Claim: null, Now), Stop); // looks what the claim left behind
        await InsertAsync();

        Assert.Empty(begun);
        Assert.Equal([(JobState.Queued, Count + 1), (JobState.Succeeded, Count)], await CountsAsync());
    }

    [Fact]
    public async Task Where_the_ends_fail_what_was_claimed_goes_back_and_nothing_is_refused_the_second_time()
    {
        var exchange = await LargeAsync();
        await FailAsync("INSERT ON rota.outcome");

        await Assert.ThrowsAsync<StorageException>(() => Jobs.ExchangeAsync(exchange, Stop));

        await MendAsync("outcome");
        var again = await Jobs.ExchangeAsync(exchange, Stop);
        Assert.Empty(again.Refused);
        Assert.Equal(Count, again.Claimed.Count);
        Assert.All(again.Claimed, job => Assert.Equal(1, job.Attempt));
        Assert.Equal([(JobState.Running, Count), (JobState.Succeeded, Count)], await CountsAsync());
    }

    /// <summary>Brings the ends of some jobs, and has room for as many.</summary>
    private async Task<Exchange> LargeAsync()
    {
        await InsertManyAsync(2 * Count);
        var ended = (await ClaimAsync(Count)).Select(job => Ended(job, JobEvent.Succeed));
        return new Exchange(Node, [.. ended], new ClaimOrder([], Count, Prefetch: 0), Now);
    }

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
