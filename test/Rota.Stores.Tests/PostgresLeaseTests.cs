using Npgsql;
using Rota.Jobs;
using Rota.Postgres;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>What becomes of claims whose answer is lost or late, of leases whose process is away, and of news.
/// </summary>
public sealed class PostgresLeaseTests : StoreContract
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();

    private PostgresDatabase Database => ((PostgresTestStore)Store).Database;

    [Fact]
    public async Task A_claim_whose_answer_could_not_be_read_to_its_end_is_made_again()
    {
        await InsertAndClaimAsync(); // so that nothing but the kind is new
        await InsertByOtherAsync("kind.never.met");
        await using var other = await Database.Source.OpenConnectionAsync(Stop);
        await using var transaction = await other.BeginTransactionAsync(Stop);
        await using (var hold = new NpgsqlCommand(Database.Sql("SET LOCAL idle_in_transaction_session_timeout = 0; "
            + "LOCK TABLE rota.word IN ACCESS EXCLUSIVE MODE"), other))
            await hold.ExecuteNonQueryAsync(Stop);
        var secondsMax = Database.ReadSecondsMax;
        Database.ReadSecondsMax = 1;
        var queue = Database.Words.Number(JobOptions.DefaultQueue);
        Database.Lanes.Heat(new Lane(queue, JobOptions.DefaultPriority), id: 0);

        var error = await Record.ExceptionAsync(async () => Assert.Empty(await ClaimAsync()));
        Assert.True(error is null or StorageException, $"{error}"); // a slow machine fails where it reads the lanes
        await transaction.RollbackAsync(Stop);
        Database.ReadSecondsMax = secondsMax;

        Assert.Equal(("kind.never.met", 1), await ClaimedAsync());
    }

    [Fact]
    public async Task A_claim_that_reaches_the_database_after_its_caller_gave_up_is_taken_back()
    {
        var id = await InsertAsync();
        var node = await Database.Words.AddAsync(Node, Stop);
        var look = await JobClaim.LookAsync(Database, new ClaimOrder([], 1, 0), Node, Stop);
        var late = JobClaim.Statements(Database, look!, new ClaimOrder([], 1, 0), node, Now).Single();
        await Database.RunAsync(session => session.ListAsync(late.Sql, rows => rows.JobId(0), late.Values), Stop);
        Assert.Equal(JobState.Running, await StateAsync(id));

        Assert.Equal(("test", 1), await ClaimedAsync());
    }

    [Fact]
    public async Task A_process_without_its_lease_claims_nothing_and_claims_again_with_a_new_one()
    {
        await InsertAsync();
        var session = Database.Lease.Session;
        await Database.RunAsync("DELETE FROM rota.session WHERE id = $1", Stop, session);

        Assert.Empty(await ClaimAsync());

        Assert.Equal(("test", 1), await ClaimedAsync());
        Assert.NotEqual(session, Database.Lease.Session);
    }

    [Fact]
    public async Task Who_has_just_come_leaves_a_silent_lease_alone_because_its_owner_may_be_coming_back_too()
    {
        await InsertAndClaimAsync();
        await Database.RunAsync("INSERT INTO rota.session (seen_at) VALUES (clock_timestamp() - $1)", Stop,
            2 * Lease.Length);
        await Database.RunAsync("UPDATE rota.running SET session = (SELECT max(id) FROM rota.session)", Stop);

        Assert.Equal(0, await Jobs.RescueAsync(new RescueRule(3), Now, Stop));
    }

    [Fact]
    public async Task Transactions_of_which_a_crash_left_no_trace_keep_no_later_one_from_being_told()
    {
        var wakeup = new Wakeup { MadeWaiting = true };
        foreach (var never in (string[])["999999999999", "999999999998"])
        {
            Database.Commits.Add(never, wakeup);
            Assert.True(await Store.Signals.Waiting.WaitAsync(WaitMax, TimeProvider.System, Stop));
        }
    }

    /// <summary>Enqueues as another process does, so that this one meets the words only when it claims.</summary>
    private async Task InsertByOtherAsync(string kind)
    {
        await using var other = await PostgresDatabase.OpenAsync(
            ((PostgresTestStore)Store).Url, new StoreSignals(), Stop);
        await new PostgresJobs(other).InsertAsync([new NewJob(new JobTemplate { Kind = kind }, NoArgs)], Now, Stop);
    }

    /// <summary>Claims until there is a job, as the worker does.</summary>
    private async Task<(string Kind, int Attempt)> ClaimedAsync()
    {
        using var late = new CancellationTokenSource(WaitMax);
        while (true)
        {
            if (await ClaimAsync() is [var job])
                return (job.Kind, job.Attempt);
            await Store.Signals.Ready.WaitAsync(TimeSpan.FromSeconds(1), TimeProvider.System, late.Token);
        }
    }
}
