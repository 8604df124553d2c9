using System.Text;
using Microsoft.Extensions.Logging;
using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>What every contract needs: an open store, a clock in the test's hand, and short words for the
/// moves.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    protected const string Node = "node-a";
    protected static readonly DateTimeOffset Start = new(2026, 1, 31, 23, 59, 0, TimeSpan.Zero);
    protected static readonly JobTemplate Plain = new() { Kind = "test" };
    protected static readonly ReadOnlyMemory<byte> NoArgs = "{}"u8.ToArray();

    /// <summary>A schedule <c>tick</c> that is due every hour from <see cref="Start"/> on.</summary>
    protected static readonly SchedulePut HourlyTick = new()
    {
        Name = "tick",
        Project = "default",
        Trigger = new IntervalTrigger(TimeSpan.FromHours(1), Start),
        Kind = "test",
        Args = NoArgs,
        Actor = "ann",
        NextDue = Start,
    };

    /// <summary>Opens a real, migrated and empty database that no other test can see.</summary>
    protected abstract Task<TestStore> OpenAsync();

    protected TestStore Store { get; private set; } = null!; // set before each test

    protected IJobStore Jobs => Store.Jobs;

    protected DateTimeOffset Now { get; set; } = Start;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Store = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Store.DisposeAsync();
    }

    protected async Task<JobId> InsertAsync(JobTemplate? template = null) =>
        (await Jobs.InsertAsync([new NewJob(template ?? Plain, NoArgs)], Now, Stop))[0].Id;

    protected async Task<IReadOnlyList<JobId>> InsertManyAsync(int count, JobTemplate? template = null)
    {
        var jobs = Enumerable.Repeat(new NewJob(template ?? Plain, NoArgs), count).ToList();
        return [.. (await Jobs.InsertAsync(jobs, Now, Stop)).Select(job => job.Id)];
    }

    protected async Task<IReadOnlyList<Claimed>> ClaimAsync(
        int slots = 100, int prefetch = 0, string node = Node, params string[] queues)
    {
        var order = new ClaimOrder(queues, slots, prefetch);
        return (await Jobs.ExchangeAsync(new Exchange(node, [], order, Now), Stop)).Claimed;
    }

    protected async Task<Claimed> ClaimOneAsync() => Assert.Single(await ClaimAsync(slots: 1));

    protected async Task<Claimed> InsertAndClaimAsync(JobTemplate? template = null)
    {
        var id = await InsertAsync(template);
        return Assert.Single(await ClaimAsync(), job => job.Id == id);
    }

    protected Finished Ended(Claimed job, JobEvent what) => new()
    {
        Job = job,
        Event = what,
        Outcome = what switch
        {
            JobEvent.Succeed => AttemptOutcome.Succeeded,
            JobEvent.Snooze => AttemptOutcome.Snoozed,
            JobEvent.Cancel => AttemptOutcome.Canceled,
            JobEvent.Rescue => AttemptOutcome.Released,
            _ => AttemptOutcome.Failed,
        },
        Reason = what == JobEvent.Exhaust ? FailReason.Error : FailReason.None,
        StartedAt = Now,
        EndedAt = Now,
        DueAt = what is JobEvent.Fail or JobEvent.Snooze ? Now + TimeSpan.FromMinutes(1) : null,
        Error = what is JobEvent.Succeed or JobEvent.Snooze ? null : new AttemptError("boom", "it broke", "at here"),
    };

    protected async Task<bool> EndAsync(Claimed job, JobEvent what) => await EndAsync(Ended(job, what));

    /// <returns>False when the token was refused.</returns>
    protected async Task<bool> EndAsync(Finished finished) =>
        (await Jobs.ExchangeAsync(new Exchange(Node, [finished], Claim: null, Now), Stop)).Refused.Count == 0;

    protected async Task<Job> GetAsync(JobId id)
    {
        var job = await Jobs.FindAsync(id, Stop);
        Assert.NotNull(job);
        return job;
    }

    protected async Task<JobState> StateAsync(JobId id) => (await GetAsync(id)).State;

    protected async Task<CancelOutcome?> CancelAsync(JobId id, string reason = "not needed") =>
        (await Jobs.CancelAsync([id], reason, Now, Stop))[0];

    /// <summary>Kills the process that runs the jobs, starts another, and lets it take them back.</summary>
    protected async Task<int> DieAndRescueAsync(int crashesMax = 3)
    {
        await Store.ReopenAsync();
        return await Jobs.RescueAsync(new RescueRule(crashesMax), Now, Stop);
    }

    protected static JobTemplate WithAttempts(int max) =>
        Plain with { Settings = new JobSettings { MaxAttempts = max }.ToJson() };

    protected LogLine Line(Claimed job, int number, string text = "line") =>
        new(job.Id, job.Token, number, Now, LogLevel.Information, text);

    protected static ReadOnlyMemory<byte> Json(string json) => Encoding.UTF8.GetBytes(json);

    protected static string Text(ReadOnlyMemory<byte> json) => Encoding.UTF8.GetString(json.Span);
}
