using Npgsql;
using Rota.Jobs;
using Rota.Postgres;
using Rota.Storage;
using Rota.Workers;

namespace Rota.Stores.Tests;

/// <summary>Single new jobs of one process that begin in a free slot of another one.</summary>
public sealed class PostgresHandoverTests : StoreContract
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly List<Claimed> _begun = [];
    private long _askedTicks;
    private PostgresTestStore _store = null!;
    private PostgresDatabase _other = null!;

    protected override async Task<TestStore> OpenAsync() => _store = await PostgresTestStore.OpenAsync();

    private IReadOnlyList<Claimed> Begun
    {
        get
        {
            lock (_lock)
                return [.. _begun];
        }
    }

    /// <summary>The store's process gets a worker, which offers its slots to the other one.</summary>
    private async Task<PostgresDatabase> OfferAsync(int slots = 2, params string[] queues)
    {
        _other = await _store.OpenAnotherAsync();
        await OpenRoomAsync(slots, queues);
        if (slots > 1)
            await UntilAsync(() => _other.Handover.Offered > 0);
        return _other;
    }

    private async Task OpenRoomAsync(int slots, params string[] queues)
    {
        var options = new WorkerOptions { Concurrency = slots, Prefetch = 0 };
        Store.Signals.Room.Open(options, TimeProvider.System, _ => 0, (job, askedTicks) =>
        {
            lock (_lock)
                _begun.Add(job);
            _askedTicks = askedTicks;
        });
        await AskAsync(queues);
    }

    private async Task<IReadOnlyList<Claimed>> AskAsync(params string[] queues)
    {
        var order = Store.Signals.Room.Order(queues);
        var claimed = (await Jobs.ExchangeAsync(new Exchange(Node, [], order, Now), Stop)).Claimed;
        Store.Signals.Room.Answered(claimed.Count);
        return claimed;
    }

    private async Task<JobId> HandAsync(JobTemplate? template = null, string args = "{}") => Assert.Single(
        await new PostgresJobs(_other).InsertAsync([new NewJob(template ?? Plain, Json(args))], Now, Stop)).Id;

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var late = new CancellationTokenSource(WaitMax);
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(1), late.Token);
    }

    /// <summary>Claims until there is a job, as the worker does.</summary>
    private async Task<Claimed> ClaimedAsync()
    {
        IReadOnlyList<Claimed> claimed = [];
        await UntilAsync(async () => (claimed = await AskAsync()).Count > 0);
        return Assert.Single(claimed);
    }

    [Fact]
    public async Task It_begins_without_a_claim_and_ends_by_its_token()
    {
        await using var other = await OfferAsync();

        var id = await HandAsync(Plain with { Queue = "mail", Priority = 3 }, """{"to":"ann"}""");

        Assert.Equal(JobState.Running, await StateAsync(id));
        await UntilAsync(() => Begun.Count > 0);
        var job = Assert.Single(Begun);
        Assert.Equal((id, 1, 0, "test", "mail", 3, "default"),
            (job.Id, job.Attempt, job.Crashes, job.Kind, job.Queue, job.Priority, job.Project));
        Assert.Equal((Now, """{"to":"ann"}"""), (job.CreatedAt, Text(job.Args)));
        Assert.Equal(Node, (await GetAsync(id)).Node);
        Assert.Equal(1, Store.Signals.Room.InHand);
        Assert.True(await EndAsync(job, JobEvent.Succeed));
        Assert.Equal(JobState.Succeeded, await StateAsync(id));
        Assert.Empty(await _store.MiscountsAsync());
    }

    [Fact]
    public async Task As_many_are_handed_over_as_slots_were_offered()
    {
        await using var other = await OfferAsync(slots: 3);

        for (var number = 0; number < 5; number++)
            await HandAsync();

        await UntilAsync(() => Begun.Count == 3);
        Assert.Equal(2, (await Jobs.ListAsync(new JobFilter { State = JobState.Queued }, null, 10, Stop)).Count);
        Assert.Equal(0, other.Handover.Offered);
    }

    [Fact]
    public async Task One_for_which_there_is_no_room_any_more_goes_back_at_once()
    {
        await using var other = await OfferAsync();
        Store.Signals.Room.Reserve(2);

        var id = await HandAsync();

        await UntilAsync(async () => await StateAsync(id) == JobState.Queued);
        Assert.Empty(Begun);
        Store.Signals.Room.Release(2);
        var job = await ClaimedAsync();
        Assert.Equal((id, 1, 0), (job.Id, job.Attempt, job.Crashes));
        Assert.True(await EndAsync(job, JobEvent.Succeed));
    }

    [Fact]
    public async Task One_whose_news_are_lost_goes_back_to_its_queue()
    {
        await using var other = await OfferAsync(slots: 8);
        JobId id;
        do
        {
            await _store.RunAsync($"""
                SELECT pg_terminate_backend(pid)
                FROM pg_stat_activity
                WHERE query = 'LISTEN "{_store.Database.Schema}"'
                """);
            await UntilAsync(() => !_store.Database.Wakeups.IsListening);
            id = await HandAsync();
        }
        while (_store.Database.Wakeups.IsListening); // again, for a second

        Assert.Equal(JobState.Running, await StateAsync(id));
        var job = await ClaimedAsync();
        Assert.Equal((id, 1, 0), (job.Id, job.Attempt, job.Crashes));
        Assert.DoesNotContain(Begun, begun => begun.Id == id);
    }

    [Fact]
    public async Task Its_lease_counts_from_before_it_was_read()
    {
        await OpenRoomAsync(slots: 2);
        Store.Signals.Room.Reserve(2);
        var id = await InsertAsync();
        Store.Signals.Room.Release(2);
        var node = await _store.Database.Words.AddAsync(Node, Stop);
        var order = new ClaimOrder([], Slots: 1, Prefetch: 0);
        var look = await JobClaim.LookAsync(_store.Database, order, Node, Stop);
        var claim = JobClaim.Statements(_store.Database, look!, order, node, Now).Single();
        await _store.Database.RunAsync(
            session => session.ListAsync(claim.Sql, rows => rows.JobId(0), claim.Values), Stop);
        await using var holder = await _store.Database.Source.OpenConnectionAsync(Stop);
        await using var transaction = await holder.BeginTransactionAsync(Stop);
        await using (var hold = new NpgsqlCommand(
            _store.Database.Sql("LOCK TABLE rota.job IN ACCESS EXCLUSIVE MODE"), holder))
            await hold.ExecuteNonQueryAsync(Stop);
        await using var connection = await _store.Database.Source.OpenDirectAsync(Stop);

        _store.Database.Handover.Tell(_store.Database.Lease.Session, id.Value);
        var begun = _store.Database.Handover.BeginAsync(connection, Stop);
        var isReadSince = TimeProvider.System.GetTimestamp();
        await transaction.RollbackAsync(Stop);
        await begun;

        Assert.InRange(_askedTicks, 1, isReadSince);
    }

    [Fact]
    public async Task Of_a_worker_that_is_dead_it_is_rescued()
    {
        await using var other = await OfferAsync();
        await _store.SuspendAsync();

        var id = await HandAsync();
        Assert.Equal(JobState.Running, await StateAsync(id));
        other.Lease.Settle();

        Assert.Equal(1, await new PostgresJobs(other).RescueAsync(new RescueRule(3), Now, Stop));
        Assert.Equal(JobState.Queued, await StateAsync(id));
    }

    [Fact]
    public async Task A_worker_whose_lease_was_ended_gets_none()
    {
        await using var other = await OfferAsync();
        await other.RunAsync("DELETE FROM rota.session WHERE id = $1", Stop, _store.Database.Lease.Session);

        var id = await HandAsync();

        Assert.Equal(JobState.Queued, await StateAsync(id));
        Assert.Equal(id, (await ClaimedAsync()).Id); // with its next lease
        Assert.Empty(Begun);
    }

    [Fact]
    public async Task A_worker_that_ends_gives_back_what_it_did_not_begin_and_is_not_blamed()
    {
        await using var other = await OfferAsync();
        Store.Signals.Room.Close();
        await UntilAsync(() => other.Handover.Offered == 0);
        other.Handover.Hear($"{_store.Database.Lease.Session},{_store.Database.Node},1"); // as if it had not heard yet

        var id = await HandAsync();
        await _store.CloseAsync();

        var claim = new Exchange("node-b", [], new ClaimOrder([], 1, 0), Now);
        var job = Assert.Single((await new PostgresJobs(other).ExchangeAsync(claim, Stop)).Claimed);
        Assert.Equal((id, 1, 0), (job.Id, job.Attempt, job.Crashes));
        Assert.Empty(Begun);
        await _store.OpenAgainAsync();
    }

    [Fact]
    public async Task A_worker_that_is_held_takes_its_offer_back()
    {
        await using var other = await OfferAsync();

        Store.Signals.Room.Hold(true);

        await UntilAsync(() => other.Handover.Offered == 0);
        Assert.Equal(JobState.Queued, await StateAsync(await HandAsync()));
        Store.Signals.Room.Hold(false);
        await ClaimedAsync();
        await UntilAsync(async () => (await AskAsync()).Count == 0 && other.Handover.Offered > 0);
    }

    [Fact]
    public async Task Who_comes_later_hears_what_is_offered()
    {
        await using var first = await OfferAsync();
        await Store.Signals.Ready.WaitAsync(TimeSpan.Zero, TimeProvider.System, Stop);

        await using var second = await _store.OpenAnotherAsync();

        Assert.True(await Store.Signals.Ready.WaitAsync(WaitMax, TimeProvider.System, Stop));
        await AskAsync();
        await UntilAsync(() => second.Handover.Offered > 0);
    }

    [Fact]
    public async Task Jobs_that_something_keeps_back_wait_in_their_queue()
    {
        await using var other = await OfferAsync(slots: 8);
        await Store.Queues.SetMaxRunningAsync("limited", 5, Stop);
        await Store.Queues.SetPausedAsync("paused", isPaused: true, Stop);

        JobId[] queued =
        [
            await HandAsync(Plain with { Queue = "limited" }),
            await HandAsync(Plain with { Queue = "paused" }),
            await HandAsync(Plain with { Queue = "node:elsewhere" }),
            await HandAsync(WithAttempts(1)), // a crash would end it
            await HandAsync(Plain with { Unique = new Unique("one", UniqueScope.WhileWaiting) }),
        ];
        var scheduled = await HandAsync(Plain with { DueAt = Now + TimeSpan.FromHours(1) });

        foreach (var id in queued)
            Assert.Equal(JobState.Queued, await StateAsync(id));
        Assert.Equal(JobState.Scheduled, await StateAsync(scheduled));
        Assert.Empty(Begun);
        Assert.NotEqual(0, other.Handover.Offered); // it was not for want of a slot
        Assert.Empty(await _store.MiscountsAsync());
    }

    [Fact]
    public async Task A_worker_of_named_queues_gets_jobs_of_no_others()
    {
        await _store.Database.Words.AddAsync("mail", Stop);
        await using var other = await OfferAsync(slots: 2, "mail");

        var elsewhere = await HandAsync();
        var mail = await HandAsync(Plain with { Queue = "mail" });

        Assert.Equal(JobState.Queued, await StateAsync(elsewhere));
        await UntilAsync(() => Begun.Count > 0);
        Assert.Equal(mail, Assert.Single(Begun).Id);
    }

    [Fact]
    public async Task With_one_slot_nobody_is_passed_by()
    {
        await using var other = await OfferAsync(slots: 1);

        var id = await HandAsync();

        Assert.Equal(JobState.Queued, await StateAsync(id));
        Assert.Equal(id, (await ClaimedAsync()).Id);
    }

    [Fact]
    public async Task A_claim_that_was_given_back_while_it_was_on_its_way_is_not_begun()
    {
        await using var other = await OfferAsync(slots: 1);
        await HandAsync();
        await ClaimedAsync(); // so that nothing but the kind is new
        Store.Signals.Room.Release(1);
        var id = await HandAsync(new JobTemplate { Kind = "kind.never.met" });
        _store.Database.Lanes.Heat(
            new Lane(_store.Database.Words.Number(JobOptions.DefaultQueue), JobOptions.DefaultPriority), id: 0);
        await using var holder = await _store.Database.Source.OpenConnectionAsync(Stop);
        await using var transaction = await holder.BeginTransactionAsync(Stop);
        await using (var hold = new NpgsqlCommand(
            _store.Database.Sql("LOCK TABLE rota.word IN ACCESS EXCLUSIVE MODE"), holder))
            await hold.ExecuteNonQueryAsync(Stop);
        _store.Database.ReadSecondsMax = (int)WaitMax.TotalSeconds;

        var claimed = Jobs.ExchangeAsync(new Exchange(Node, [], new ClaimOrder([], 1, 0), Now), Stop);
        await UntilAsync(async () => await other.FindAsync("SELECT count(*) FROM rota.running WHERE id = $1",
            rows => rows.GetInt64(0), Stop, id) == 1);

        await JobMoves.GiveBackUnknownAsync(_store.Database, Now, Stop);
        await transaction.RollbackAsync(Stop);

        Assert.Empty((await claimed).Claimed);
        Assert.Equal(id, (await ClaimedAsync()).Id);
    }

    [Fact]
    public void What_was_given_back_before_it_was_known_is_not_known_any_more()
    {
        var held = new HeldTokens();
        Assert.True(held.TryAdd(1));

        Assert.False(held.TryRefuse(1));
        Assert.False(held.TryAdd(1)); // told twice
        Assert.True(held.TryRefuse(2));
        Assert.True(held.TryRefuse(2)); // the first time was rolled back
        Assert.False(held.TryAdd(2));
        Assert.Equal([1], held.All());
    }
}
