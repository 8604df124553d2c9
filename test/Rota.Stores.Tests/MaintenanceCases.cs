using System.Text.Json;
using Rota.Access;
using Rota.Jobs;
using Rota.Postgres;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>What any node does now and then to the rows of all, and may be killed in. Each has a queue, a kind and a
/// source of events of one name, so that many may be tried on one database.</summary>
internal abstract class MaintenanceCase(PostgresTestStore store)
{
    protected const string Node = "node-a";
    protected static readonly DateTimeOffset Start = new(2026, 1, 31, 23, 59, 0, TimeSpan.Zero);
    protected static readonly ReadOnlyMemory<byte> NoArgs = "{}"u8.ToArray();

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected PostgresTestStore Store => store;

    protected static JobTemplate Plain(string name) => new() { Kind = name, Queue = name };

    /// <summary>False: a process that dies holds what it does this to, and the next one calls that a crash.</summary>
    public virtual bool IsSameOfAnother => true;

    /// <summary>Makes what there is to do.</summary>
    public virtual Task SetUpAsync(string name) => Task.CompletedTask;

    /// <summary>Brings the process that is to be killed to where it has it to do.</summary>
    public virtual Task PrepareAsync(PostgresDatabase process, string name) => Task.CompletedTask;

    /// <summary>Does it.</summary>
    public abstract Task RunAsync(PostgresDatabase process, string name);

    /// <summary>Does it again in another process.</summary>
    public virtual Task RunAgainAsync(PostgresDatabase process, PostgresDatabase dead, string name) =>
        RunAsync(process, name);

    /// <summary>What is to be seen of it that is no job.</summary>
    public virtual Task<string> LedgerAsync(string name) => Task.FromResult("");

    protected async Task<JobId> InsertAsync(JobTemplate template) =>
        (await store.Jobs.InsertAsync([new NewJob(template, NoArgs)], Start, Stop))[0].Id;

    protected static async Task<IReadOnlyList<Claimed>> ClaimAsync(
        IJobStore jobs, string name, int slots, int prefetch = 0)
    {
        var order = new ClaimOrder([name], slots, prefetch);
        var claimed = (await jobs.ExchangeAsync(new Exchange(Node, [], order, Start), Stop)).Claimed;
        Assert.Equal(slots + prefetch, claimed.Count);
        return claimed;
    }

    protected static Finished Ended(Claimed job, JobEvent what) => new()
    {
        Job = job,
        Event = what,
        Outcome = what == JobEvent.Succeed ? AttemptOutcome.Succeeded : AttemptOutcome.Failed,
        Reason = what == JobEvent.Succeed ? FailReason.None : FailReason.Error,
        StartedAt = Start,
        EndedAt = Start,
        Output = what == JobEvent.Succeed ? "1"u8.ToArray() : null,
        Error = what == JobEvent.Succeed ? null : new AttemptError("boom", "it broke", "at here"),
        HasLog = true,
    };

    protected Task<Exchanged> EndAsync(IJobStore jobs, IReadOnlyList<Finished> ended) =>
        jobs.ExchangeAsync(new Exchange(Node, ended, Claim: null, Start), Stop);

    protected Task SilenceAsync(PostgresDatabase process) => Store.RunAsync(
        $"UPDATE rota.session SET seen_at = seen_at - interval '1 hour' WHERE id = {process.Lease.Session}");

    /// <summary>As any node does that has been there for a while.</summary>
    protected static async Task RescueAsync(PostgresDatabase process)
    {
        process.Lease.Settle();
        await new PostgresJobs(process).RescueAsync(new RescueRule(CrashesMax: 3), Start, Stop);
    }

    protected async Task<string> NumbersAsync(string sql, params object?[] values) => string.Join(' ',
        await Store.Database.ListAsync(sql, rows => rows.GetInt64(0), Stop, values));
}

/// <summary>Due jobs become ready, and so does one whose last blocker ended while another node freed others.</summary>
internal sealed class PromoteCase(PostgresTestStore store) : MaintenanceCase(store)
{
    private const int AtOnce = 2;

    public override async Task SetUpAsync(string name)
    {
        for (var job = 0; job < 3; job++)
            await InsertAsync(Plain(name) with { DueAt = Start.AddMinutes(1) });
        await InsertAsync(Plain(name) with { DueAt = Start.AddDays(1) });
        var first = await InsertAsync(Plain(name));
        var blocked = await InsertAsync(Plain(name) with { DependsOn = [first] });
        await Store.RunAsync($"DELETE FROM rota.dependency WHERE id = {blocked.Value}");
        await Store.RunAsync($"UPDATE rota.waiting SET blockers = 0 WHERE id = {blocked.Value}");
    }

    public override async Task RunAsync(PostgresDatabase process, string name)
    {
        var jobs = new PostgresJobs(process);
        while ((await jobs.PromoteAsync(Start.AddHours(1), AtOnce, Stop)).Count == AtOnce)
            continue;
    }
}

/// <summary>The lease of a silent process ends; of its jobs one is queued again, one was only taken ahead, one fails as
/// lost, which frees and cancels others, and one had to be canceled.</summary>
internal sealed class RescueCase(PostgresTestStore store) : MaintenanceCase(store)
{
    public override async Task SetUpAsync(string name)
    {
        var once = new JobSettings { MaxAttempts = 1 }.ToJson();
        var lost = await InsertAsync(Plain(name) with { Settings = once, Unique = new Unique(name) });
        var canceled = await InsertAsync(Plain(name));
        await InsertAsync(Plain(name));
        await InsertAsync(Plain(name));
        await using var silent = await PostgresDatabase.OpenAsync(Store.Url, new StoreSignals(), Stop);
        await ClaimAsync(new PostgresJobs(silent), name, slots: 3, prefetch: 1);
        await Store.Jobs.CancelAsync([canceled], "not needed", Start, Stop);
        await InsertAsync(Plain(name) with { DependsOn = [lost], DependencyRule = DependencyRule.AllEnded });
        await InsertAsync(Plain(name) with { DependsOn = [lost] });
        await silent.Lease.AbandonAsync();
        await SilenceAsync(silent);
    }

    public override Task RunAsync(PostgresDatabase process, string name) => RescueAsync(process);

    public override Task<string> LedgerAsync(string name) => NumbersAsync("""
        SELECT count(*) FROM rota.unique_key WHERE key = $1
        UNION ALL
        SELECT count(*) FROM rota.session WHERE seen_at < clock_timestamp() - interval '1 minute'
        """, name);
}

/// <summary>Old ended jobs go with all that hangs on them, but for one whose output is still to be handed on; and so do
/// old unique keys.</summary>
internal sealed class PruneCase(PostgresTestStore store) : MaintenanceCase(store)
{
    public override async Task SetUpAsync(string name)
    {
        await InsertAsync(Plain(name) with { Tags = [name], Key = name });
        await InsertAsync(Plain(name));
        var needed = await InsertAsync(Plain(name));
        var claimed = await ClaimAsync(Store.Jobs, name, slots: 3);
        await InsertAsync(Plain(name) with { DependsOn = [needed], DueAt = Start.AddDays(9) });
        await EndAsync(Store.Jobs,
        [
            Ended(claimed[0], JobEvent.Succeed), Ended(claimed[1], JobEvent.Exhaust),
            Ended(claimed[2], JobEvent.Succeed),
        ]);
        await InsertAsync(Plain(name) with { Unique = new Unique(name, UniqueScope.ForPeriod, TimeSpan.FromHours(1)) });
    }

    public override Task RunAsync(PostgresDatabase process, string name) => new PostgresJobs(process).PruneAsync(
        new Retention((_, _) => TimeSpan.FromDays(1), TimeSpan.FromDays(1), Limit: 1_000), Start.AddDays(2), Stop);

    public override Task<string> LedgerAsync(string name) =>
        NumbersAsync("SELECT count(*) FROM rota.unique_key WHERE key = $1", name);
}

/// <summary>Steps of counters are added to them.</summary>
internal sealed class FoldCase(PostgresTestStore store) : MaintenanceCase(store)
{
    public override async Task SetUpAsync(string name)
    {
        for (var job = 0; job < 3; job++)
            await InsertAsync(Plain(name));
        var claimed = await ClaimAsync(Store.Jobs, name, slots: 2);
        await EndAsync(Store.Jobs, [Ended(claimed[0], JobEvent.Succeed)]);
    }

    public override Task RunAsync(PostgresDatabase process, string name) => JobCounters.FoldAsync(process, Stop);

    public override Task<string> LedgerAsync(string name) => NumbersAsync("SELECT count(*) FROM rota.counter_step");
}

/// <summary>Jobs end, and who waits for them is freed or canceled.</summary>
internal sealed class ReleaseCase(PostgresTestStore store) : MaintenanceCase(store)
{
    private readonly Dictionary<string, IReadOnlyList<Finished>> _ended = [];

    public override async Task SetUpAsync(string name)
    {
        var good = await InsertAsync(Plain(name));
        var bad = await InsertAsync(Plain(name) with { Unique = new Unique(name) });
        var claimed = await ClaimAsync(Store.Jobs, name, slots: 2);
        _ended[name] = [Ended(claimed[0], JobEvent.Succeed), Ended(claimed[1], JobEvent.Exhaust)];
        await InsertAsync(Plain(name) with { DependsOn = [good] });
        await InsertAsync(Plain(name) with { DependsOn = [good, bad], DependencyRule = DependencyRule.AllEnded });
        var fallen = await InsertAsync(Plain(name) with { DependsOn = [bad] });
        await InsertAsync(Plain(name) with { DependsOn = [good, fallen] });
    }

    public override Task RunAsync(PostgresDatabase process, string name) =>
        EndAsync(new PostgresJobs(process), _ended[name]);

    public override Task<string> LedgerAsync(string name) =>
        NumbersAsync("SELECT count(*) FROM rota.unique_key WHERE key = $1", name);
}

/// <summary>Jobs are canceled wherever they stand, and who waits for them with them.</summary>
internal sealed class CancelCase(PostgresTestStore store) : MaintenanceCase(store)
{
    private readonly Dictionary<string, JobId[]> _canceled = [];

    public override async Task SetUpAsync(string name)
    {
        var running = await InsertAsync(Plain(name));
        await ClaimAsync(Store.Jobs, name, slots: 1);
        var ready = await InsertAsync(Plain(name));
        var due = await InsertAsync(Plain(name) with { DueAt = Start.AddDays(9) });
        await InsertAsync(Plain(name) with { DependsOn = [ready, due] });
        await InsertAsync(Plain(name) with { DependsOn = [due], DependencyRule = DependencyRule.AllEnded });
        _canceled[name] = [running, ready, due];
    }

    public override Task RunAsync(PostgresDatabase process, string name) =>
        new PostgresJobs(process).CancelAsync(_canceled[name], "not needed", Start, Stop);
}

/// <summary>Events become the jobs that send them on.</summary>
internal sealed class DeliverCase(PostgresTestStore store) : MaintenanceCase(store)
{
    public override async Task SetUpAsync(string name)
    {
        await Store.Events.PutWebhookAsync(new Webhook("chat", "https://chat.example/hook", [], null, Start), Stop);
        await Store.Events.AppendAsync([.. Enumerable.Range(1, 3)
            .Select(number => new NewEvent(EventType.NodeStarted, Start, name) { Count = number })], Stop);
    }

    public override Task RunAsync(PostgresDatabase process, string name) => new PostgresEvents(process).DeliverAsync(
        10, one => [new NewJob(Plain(name), JsonSerializer.SerializeToUtf8Bytes(one.Count))], Start, Stop);

    public override async Task<string> LedgerAsync(string name)
    {
        var sent = new List<int>();
        foreach (var job in await Store.Jobs.ListAsync(new JobFilter { Queue = name }, null, 100, Stop))
            sent.Add(JsonSerializer.Deserialize<int>((await Store.Jobs.FindAsync(job.Id, Stop))!.Args.Span));
        Assert.Equal([1, 2, 3], sent.Order());
        return await NumbersAsync("SELECT count(*) FROM rota.event WHERE is_pending");
    }
}

/// <summary>Events over seven days old go, in lots.</summary>
internal sealed class DropEventsCase(PostgresTestStore store) : MaintenanceCase(store)
{
    private const int AtOnce = 2;

    // Each time is nine days after the one before: what is left of that one is old then.
    private readonly Dictionary<string, DateTimeOffset> _now = [];

    public override Task SetUpAsync(string name)
    {
        var now = _now[name] = Start.AddDays(9 * _now.Count);
        var old = new NewEvent(EventType.NodeStarted, now.AddDays(-8), name);
        return Store.Events.AppendAsync([old, old, old, old with { At = now }], Stop);
    }

    public override async Task RunAsync(PostgresDatabase process, string name)
    {
        var events = new PostgresEvents(process);
        while (await events.DropOldAsync(_now[name], AtOnce, Stop) == AtOnce)
            continue;
    }
}

/// <summary>What is older than the newest million entries goes with each new one.</summary>
internal sealed class AuditCase(PostgresTestStore store) : MaintenanceCase(store)
{
    public override async Task SetUpAsync(string name)
    {
        await Store.Access.AddAuditAsync(Entry(name, "old"), Stop);
        await Store.Database.ListAsync(
            "SELECT setval(pg_get_serial_sequence('rota.audit', 'id'), max(id) + 1000000) FROM rota.audit",
            rows => rows.GetInt64(0), Stop);
    }

    private static AuditEntry Entry(string name, string action) => new(0, Start, "ann", action, name, null, null);

    public override Task RunAsync(PostgresDatabase process, string name) =>
        new PostgresAccess(process).AddAuditAsync(Entry(name, "new"), Stop);

    // Whoever does it again because he heard no answer is noted again.
    public override async Task<string> LedgerAsync(string name) => string.Join(' ',
        (await Store.Access.ListAuditAsync(null, 1_000, Stop)).Where(entry => entry.Target == name)
        .Select(entry => entry.Action).Distinct());
}

/// <summary>Sessions that are over go when another one begins.</summary>
internal sealed class TokenCase(PostgresTestStore store) : MaintenanceCase(store)
{
    private int _hashes;

    public override async Task SetUpAsync(string name)
    {
        await Store.Access.PutUserAsync(new User("ann", Role.Admin, "hash of a password", Start), Stop);
        await Store.Access.AddTokenAsync(Session($"{name}-old", Start, TimeSpan.FromHours(1)), replaces: false, Stop);
    }

    private Token Session(string name, DateTimeOffset from, TimeSpan length) => new()
    {
        Name = name,
        Hash = BitConverter.GetBytes(++_hashes),
        Role = Role.Admin,
        User = "ann",
        CreatedAt = from,
        ExpiresAt = from + length,
    };

    public override Task RunAsync(PostgresDatabase process, string name) => new PostgresAccess(process).AddTokenAsync(
        Session($"{name}-new", Start.AddHours(2), TimeSpan.FromDays(1)), replaces: true, Stop);

    public override async Task<string> LedgerAsync(string name) => string.Join(' ', await Store.Database.ListAsync(
        "SELECT substr(name, length($1) + 1) FROM rota.token WHERE starts_with(name, $1) ORDER BY name",
        rows => rows.GetString(0), Stop, $"{name}-"));
}

/// <summary>A job that a process holds and knows nothing of, because the answer to its claim got lost, goes back.
/// </summary>
internal sealed class GiveBackCase(PostgresTestStore store) : MaintenanceCase(store)
{
    public override bool IsSameOfAnother => false;

    public override Task SetUpAsync(string name) => InsertAsync(Plain(name));

    public override async Task PrepareAsync(PostgresDatabase process, string name)
    {
        var node = await process.Words.AddAsync(Node, Stop);
        var order = new ClaimOrder([name], Slots: 1, Prefetch: 0);
        var look = await JobClaim.LookAsync(process, order, Node, Stop);
        var claim = JobClaim.Statements(process, look!, order, node, Start).Single();
        await process.RunAsync(session => session.ListAsync(claim.Sql, rows => rows.JobId(0), claim.Values), Stop);
        Assert.Equal("1", await NumbersAsync("SELECT count(*) FROM rota.running"));
        process.Held.Doubt();
    }

    public override Task RunAsync(PostgresDatabase process, string name) => new PostgresJobs(process).ExchangeAsync(
        new Exchange(Node, [], new ClaimOrder([name], Slots: 0, Prefetch: 0), Start), Stop);

    public override async Task RunAgainAsync(PostgresDatabase process, PostgresDatabase dead, string name)
    {
        await SilenceAsync(dead);
        await RescueAsync(process);
    }

    public override async Task<string> LedgerAsync(string name) =>
        Assert.Single(await Store.Jobs.ListAsync(new JobFilter { Queue = name }, null, 10, Stop)).State.ToString();
}
