using System.Data.Common;
using Rota.Jobs;

namespace Rota.Storage;

/// <summary>Keeps jobs: every method is one transaction, durable when it returns.</summary>
/// <remarks>Made for Rota's own stores and free to change. <c>now</c> is the caller's clock, and the only
/// one.</remarks>
public interface IJobStore
{
    /// <summary>How long a worker may be out of touch until others take its jobs; null: for ever, because no other
    /// process can.</summary>
    TimeSpan? Lease { get; }

    /// <summary>Inserts all jobs or none. Concurrent calls share a commit.</summary>
    /// <returns>In the order given; not new where a unique key was held already.</returns>
    /// <exception cref="ConflictException"><c>job.key_taken</c>.</exception>
    /// <exception cref="InvalidFieldException"><c>depends_on</c> names a job that is not there, or one that did not
    /// succeed where its success is needed.</exception>
    /// <remarks>The edges of a job that is retried are those of the new one too: it waits for what has not ended.
    /// </remarks>
    Task<IReadOnlyList<Enqueued>> InsertAsync(
        IReadOnlyList<NewJob> jobs, DateTimeOffset now, CancellationToken stop);

    /// <summary>The same inside a transaction of the caller's, which commits or not as the caller likes.</summary>
    /// <exception cref="InvalidFieldException"><c>transaction</c> is not of this database.</exception>
    Task<IReadOnlyList<Enqueued>> InsertAsync(
        IReadOnlyList<NewJob> jobs, DateTimeOffset now, DbTransaction transaction, CancellationToken stop);

    /// <summary>Ends attempts and claims the next jobs in one round trip. Claims come one at a time; where there is a
    /// <see cref="Lease"/>, ends alone may come while one is on its way.</summary>
    Task<Exchanged> ExchangeAsync(Exchange exchange, CancellationToken stop);

    /// <summary>Makes due jobs ready, oldest due first.</summary>
    /// <returns>How many moved, and when the next one is due (null: none waits).</returns>
    Task<Promoted> PromoteAsync(DateTimeOffset now, int limit, CancellationToken stop);

    /// <summary>Gives back what nodes held whose lease ended: queued again, or failed as lost or crashed.</summary>
    /// <returns>How many jobs were taken from dead nodes.</returns>
    Task<int> RescueAsync(RescueRule rule, DateTimeOffset now, CancellationToken stop);

    /// <summary>Cancels what has not started, and asks for it where a job runs.</summary>
    /// <returns>In the order of <paramref name="ids"/>; null for an id that is not there.</returns>
    Task<IReadOnlyList<CancelOutcome?>> CancelAsync(
        IReadOnlyList<JobId> ids, string reason, DateTimeOffset now, CancellationToken stop);

    /// <summary>Of the attempts in a worker's hands, those that must stop, by token: the reason for which their cancel
    /// was asked for, or null when the lease was lost and nothing that they do counts any more.</summary>
    Task<IReadOnlyDictionary<long, string?>> StopRequestsAsync(IReadOnlyList<Claimed> held, CancellationToken stop);

    /// <summary>Makes a scheduled or retrying job ready now.</summary>
    /// <returns>False when it was in another state.</returns>
    Task<bool> HurryAsync(JobId id, DateTimeOffset now, CancellationToken stop);

    /// <summary>One job with everything about it, or null.</summary>
    Task<Job?> FindAsync(JobId id, CancellationToken stop);

    /// <summary>The job with this key of its own, or null.</summary>
    Task<JobId?> FindKeyAsync(string project, string key, CancellationToken stop);

    /// <summary>Jobs that fit the filter, newest first, without arguments, output, tags and dependencies.</summary>
    /// <param name="before">Only jobs with a smaller id; null for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <exception cref="StorageException"><c>storage.too_slow</c>: the filter fits too little of what was
    /// read.</exception>
    Task<IReadOnlyList<Job>> ListAsync(JobFilter filter, JobId? before, int limit, CancellationToken stop);

    /// <summary>Jobs by queue, kind and state, from counters.</summary>
    Task<IReadOnlyList<JobCount>> CountAsync(CancellationToken stop);

    /// <summary>Of the ready jobs of a queue, how many are before this one; at most <paramref name="limit"/>.</summary>
    Task<int> CountAheadAsync(Job job, int limit, CancellationToken stop);

    /// <summary>Deletes ended jobs that are older than the rule keeps them, a bounded number at a time; none on which
    /// a job depends that has not ended.</summary>
    Task<Pruned> PruneAsync(Retention rule, DateTimeOffset now, CancellationToken stop);
}

/// <summary>What a worker brings and wants.</summary>
public sealed record Exchange(string Node, IReadOnlyList<Finished> Finished, ClaimOrder? Claim, DateTimeOffset Now);

/// <summary>How many jobs a worker can take.</summary>
/// <param name="Queues">In strict order; empty for all queues in turn, but for those bound to another node.</param>
/// <param name="Slots">Jobs that start at once.</param>
/// <param name="Prefetch">Jobs beyond the slots that wait in the worker. A job whose last process died is never
/// prefetched, so that a crash is blamed only on what really ran.</param>
public sealed record ClaimOrder(IReadOnlyList<string> Queues, int Slots, int Prefetch);

/// <summary>The end of one attempt.</summary>
public sealed record Finished
{
    public required Claimed Job { get; init; }

    /// <summary>Succeed, Fail, Exhaust, Snooze, Cancel, or Rescue to give the job back.</summary>
    public required JobEvent Event { get; init; }

    public required AttemptOutcome Outcome { get; init; }
    public FailReason Reason { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Of <see cref="JobEvent.Fail"/> and <see cref="JobEvent.Snooze"/>.</summary>
    public DateTimeOffset? DueAt { get; init; }

    public ReadOnlyMemory<byte>? Output { get; init; }
    public AttemptError? Error { get; init; }

    /// <summary>The attempt wrote log lines, so that its row is kept even if it succeeded.</summary>
    public bool HasLog { get; init; }

    /// <summary>False: retention is 0, so the job is deleted as it ends, unless others wait for it.</summary>
    public bool IsKept { get; init; } = true;

    /// <summary>Of <see cref="JobEvent.Succeed"/>: a job to insert in the same transaction. It holds its unique key
    /// only if that is free.</summary>
    public NewJob? Next { get; init; }
}

/// <summary>A job in the hands of a worker.</summary>
public sealed record Claimed
{
    public required JobId Id { get; init; }
    public required long Token { get; init; }
    public required int Attempt { get; init; }
    public required int Crashes { get; init; }
    public required string Kind { get; init; }
    public required string Queue { get; init; }
    public required int Priority { get; init; }
    public required string Project { get; init; }
    public required ReadOnlyMemory<byte> Args { get; init; }
    public ReadOnlyMemory<byte>? Settings { get; init; }
    public string? Schedule { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <param name="Claimed">In the order in which they are to run.</param>
/// <param name="Refused">Tokens whose lease was lost: nothing of those attempts was written.</param>
public sealed record Exchanged(IReadOnlyList<Claimed> Claimed, IReadOnlyList<long> Refused);

public readonly record struct Promoted(int Count, DateTimeOffset? NextDue);

/// <param name="IsMore">False when all that is old enough was looked at; the next call begins with the oldest
/// again.</param>
public readonly record struct Pruned(int Deleted, bool IsMore);

/// <param name="CrashesMax">At this many crashes one after the other a job is failed as crashed.</param>
public sealed record RescueRule(int CrashesMax);

/// <param name="Was">The state in which the cancel met the job.</param>
/// <param name="Node">The node that runs it, when <paramref name="Was"/> is running.</param>
public readonly record struct CancelOutcome(JobId Id, JobState Was, string? Node);

public readonly record struct JobCount(string Queue, string Kind, JobState State, long Count);

/// <summary>Which jobs to list. Every value left null fits all.</summary>
public sealed record JobFilter
{
    public JobState? State { get; init; }
    public string? Kind { get; init; }
    public string? Queue { get; init; }
    public string? Tag { get; init; }
    public string? Schedule { get; init; }
    public FailReason? Reason { get; init; }
    public string? Project { get; init; }

    /// <summary>Text that the key, the arguments or the last error contain.</summary>
    public string? Search { get; init; }

    /// <summary>Only jobs with this id or a larger one.</summary>
    public JobId? From { get; init; }
}

/// <summary>How long ended jobs are kept.</summary>
/// <param name="KeepFor">By kind and final state.</param>
/// <param name="Shortest">The smallest duration that <paramref name="KeepFor"/> can give: nothing younger is
/// read.</param>
/// <param name="Limit">Jobs to look at in one call.</param>
public sealed record Retention(Func<string, JobState, TimeSpan> KeepFor, TimeSpan Shortest, int Limit);
