using Npgsql;
using Rota.Jobs;
using Rota.Postgres;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>Jobs that are enqueued inside a transaction of the caller's own.</summary>
public sealed class PostgresTransactionTests : StoreContract
{
    private static readonly TimeSpan TellTimeMax = TimeSpan.FromSeconds(60);

    private PostgresTestStore _store = null!; // set before each test
    private NpgsqlConnection _own = null!;

    protected override async Task<TestStore> OpenAsync()
    {
        _store = await PostgresTestStore.OpenAsync();
        _own = await _store.Database.Source.OpenConnectionAsync(Stop);
        return _store;
    }

    private async Task<JobId> InsertAsync(NpgsqlTransaction transaction, JobTemplate? template = null) =>
        (await Jobs.InsertAsync([new NewJob(template ?? Plain, NoArgs)], Now, transaction, Stop))[0].Id;

    [Fact]
    public async Task Committed_it_is_there()
    {
        await using var transaction = await _own.BeginTransactionAsync(Stop);
        var id = await InsertAsync(transaction);
        Assert.Empty(await ClaimAsync());

        await transaction.CommitAsync(Stop);

        Assert.Equal(JobState.Queued, await StateAsync(id));
    }

    [Fact]
    public async Task Rolled_back_it_never_existed()
    {
        await using (var transaction = await _own.BeginTransactionAsync(Stop))
        {
            await InsertAsync(transaction, Plain with { Tags = ["a"], Unique = new Unique("k") });
            await transaction.RollbackAsync(Stop);
        }

        Assert.Empty(await _store.PlacesAsync());
        Assert.Empty(await _store.OrphansAsync());
        Assert.Empty(await Jobs.CountAsync(Stop));
        var again = new NewJob(Plain with { Unique = new Unique("k") }, NoArgs);
        Assert.True((await Jobs.InsertAsync([again], Now, Stop))[0].IsNew);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_whole_flow_is_there_or_not(bool isCommitted)
    {
        var first = new NewJob(Plain, NoArgs);
        var second = new NewJob(Plain with { DependsOnNew = [0] }, NoArgs);
        await using (var transaction = await _own.BeginTransactionAsync(Stop))
        {
            var ids = await Jobs.InsertAsync([first, second], Now, transaction, Stop);
            await InsertAsync(transaction, Plain with { DependsOn = [ids[1].Id] });
            if (isCommitted)
                await transaction.CommitAsync(Stop);
        }

        JobState[] states = isCommitted ? [JobState.Queued, JobState.Blocked, JobState.Blocked] : [];
        var jobs = await Jobs.ListAsync(new JobFilter(), before: null, 10, Stop);
        Assert.Equal(states, jobs.OrderBy(job => job.Id).Select(job => job.State));
        Assert.Empty(await _store.OrphansAsync());
    }

    [Fact]
    public async Task Rolled_back_to_a_savepoint_it_never_existed_but_what_was_before_did()
    {
        await using var transaction = await _own.BeginTransactionAsync(Stop);
        var before = await InsertAsync(transaction);
        await transaction.SaveAsync("here", Stop);
        await InsertAsync(transaction);
        await transaction.RollbackAsync("here", Stop);
        await transaction.CommitAsync(Stop);

        Assert.Equal([before], (await _store.PlacesAsync()).Keys);
    }

    [Fact]
    public async Task A_ready_job_that_it_held_is_told_of_at_its_commit()
    {
        Assert.Empty(await ClaimAsync());
        var id = await InsertAsync();
        await using var transaction = await _own.BeginTransactionAsync(Stop);
        await InsertAsync(transaction, Plain with { DependsOn = [id] });
        Assert.Empty(await ClaimAsync());
        await UnsetAsync(_store.Signals.Ready);

        await transaction.CommitAsync(Stop);

        Assert.True(await _store.Signals.Ready.WaitAsync(TellTimeMax, TimeProvider.System, Stop));
        Assert.Equal([id], (await ClaimAsync()).Select(job => job.Id));
    }

    [Fact]
    public async Task A_job_that_a_claim_held_and_left_is_told_to_other_nodes()
    {
        var signals = new StoreSignals();
        await using var other = await _store.OpenAnotherAsync(signals);
        await UnsetAsync(signals.Ready);
        var id = await InsertAsync(WithAttempts(1));
        Assert.True(await signals.Ready.WaitAsync(TellTimeMax, TimeProvider.System, Stop));
        await UnsetAsync(signals.Ready);

        Assert.Empty(await ClaimAsync(slots: 0, prefetch: 1));

        Assert.True(await signals.Ready.WaitAsync(TellTimeMax, TimeProvider.System, Stop));
        var claim = new Exchange("node-b", [], new ClaimOrder([], 1, 0), Now);
        Assert.Equal([id], (await new PostgresJobs(other).ExchangeAsync(claim, Stop)).Claimed.Select(job => job.Id));
    }

    private static Task<bool> UnsetAsync(AsyncSignal signal) =>
        signal.WaitAsync(TimeSpan.Zero, TimeProvider.System, Stop);

    [Fact]
    public async Task Its_commit_wakes_the_worker_of_another_node()
    {
        var signals = new StoreSignals();
        await using var other = await _store.OpenAnotherAsync(signals);
        var node = new PostgresJobs(other);
        var claim = new Exchange("node-b", [], new ClaimOrder([], 1, 0), Now);
        Assert.Empty((await node.ExchangeAsync(claim, Stop)).Claimed);
        await using var transaction = await _own.BeginTransactionAsync(Stop);
        var id = await InsertAsync(transaction);

        await transaction.CommitAsync(Stop);

        for (var claimed = 0; claimed == 0;)
        {
            var isWoken = await signals.Ready.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Stop);
            Assert.True(isWoken, "not woken");
            foreach (var job in (await node.ExchangeAsync(claim, Stop)).Claimed)
            {
                Assert.Equal(id, job.Id);
                claimed++;
            }
        }
    }

    [Fact]
    public async Task A_transaction_that_is_over_is_named()
    {
        var transaction = await _own.BeginTransactionAsync(Stop);
        await transaction.CommitAsync(Stop);

        var error = await Assert.ThrowsAsync<InvalidFieldException>(() => InsertAsync(transaction));

        Assert.Equal("transaction", error.Field);
    }

    [Fact]
    public async Task A_transaction_on_a_database_without_Rota_is_named()
    {
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(PostgresUrl.Parse(_store.Url).Connection.ConnectionString)
            {
                Database = "template1",
            });
        await using var elsewhere = await source.OpenConnectionAsync(Stop);
        await using var transaction = await elsewhere.BeginTransactionAsync(Stop);

        var error = await Assert.ThrowsAsync<InvalidFieldException>(() => InsertAsync(transaction));

        Assert.Equal("transaction", error.Field);
        Assert.Contains("without Rota's tables", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_else_of_a_job_works_as_ever()
    {
        await using var transaction = await _own.BeginTransactionAsync(Stop);
        var first = await InsertAsync(transaction, Plain with { Key = "mine", Tags = ["a"] });
        var second = await InsertAsync(transaction, Plain with { DependsOn = [first] });
        await transaction.CommitAsync(Stop);

        Assert.Equal((JobState.Queued, JobState.Blocked), (await StateAsync(first), await StateAsync(second)));
        await EndAsync(await ClaimOneAsync(), JobEvent.Succeed);
        Assert.Equal(JobState.Queued, await StateAsync(second));
    }

    [Fact]
    public async Task A_key_that_another_transaction_takes_meanwhile_is_named()
    {
        await using var mine = await _own.BeginTransactionAsync(Stop);
        await InsertAsync(mine, Plain with { Key = "one" });
        await using var second = await _store.Database.Source.OpenConnectionAsync(Stop);
        await using var theirs = await second.BeginTransactionAsync(Stop);
        var waits = InsertAsync(theirs, Plain with { Key = "one" });
        while (await _store.Database.FindAsync("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND pid = $1",
            rows => rows.GetBoolean(0), Stop, second.ProcessID) is false)
        {
            Assert.False(waits.IsCompleted, "it did not wait for the other one");
        }

        await mine.CommitAsync(Stop);

        var error = await Assert.ThrowsAsync<ConflictException>(() => waits);
        Assert.Equal("job.key_taken", error.Code);
        Assert.Contains("'one'", error.Message, StringComparison.Ordinal);
    }
}
