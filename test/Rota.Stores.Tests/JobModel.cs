using Rota.Jobs;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>One job as the model sees it.</summary>
internal sealed class ModelJob
{
    public required JobId Id { get; init; }
    public required JobTemplate Template { get; init; }
    public required int MaxAttempts { get; init; }
    public JobState State { get; set; }
    public int Attempt { get; set; }
    public int Crashes { get; set; }
    public bool IsPrefetched { get; set; }
    public DateTimeOffset? DueAt { get; set; }
    public HashSet<JobId> Blockers { get; init; } = [];
    public bool IsCancelRequested { get; set; }
    public Claimed? Claimed { get; set; }
    public DateTimeOffset EndedAt { get; set; }
}

/// <summary>What a store must do, in memory and in a few lines: every move goes through <see cref="JobLifecycle"/>.
/// </summary>
internal sealed class JobModel
{

    public SortedDictionary<JobId, ModelJob> Jobs { get; } = [];

    public SortedSet<string> Paused { get; } = new(StringComparer.Ordinal);

    public IEnumerable<ModelJob> In(params JobState[] states) => Jobs.Values.Where(job => states.Contains(job.State));

    public void Insert(JobId id, JobTemplate template, int maxAttempts, DateTimeOffset now)
    {
        var blockers = template.DependsOn.Where(on => !Jobs[on].State.IsFinal).ToHashSet();
        var isLater = template.DueAt > now;
        Jobs.Add(id, new ModelJob
        {
            Id = id,
            Template = template,
            MaxAttempts = maxAttempts,
            Blockers = blockers,
            State = blockers.Count > 0 ? JobState.Blocked : isLater ? JobState.Scheduled : JobState.Queued,
            DueAt = isLater ? template.DueAt : null,
        });
    }

    private void Move(ModelJob job, JobEvent what, DateTimeOffset now)
    {
        job.State = job.State.After(what) ?? throw new InvalidOperationException($"{job.State} cannot {what}.");
        if (job.State.IsFinal)
            End(job, now);
    }

    private void End(ModelJob ended, DateTimeOffset now)
    {
        ended.EndedAt = now;
        ended.IsCancelRequested = false;
        ended.Blockers.Clear();
        foreach (var job in In(JobState.Blocked).Where(job => job.Blockers.Contains(ended.Id)).ToList())
        {
            if (job.State != JobState.Blocked)
                continue; // canceled by a nearer one of the same chain
            if (ended.State != JobState.Succeeded && job.Template.DependencyRule == DependencyRule.AllSucceeded)
                Move(job, JobEvent.Cancel, now);
            else if (job.Blockers.Remove(ended.Id) && job.Blockers.Count == 0)
                Move(job, job.DueAt > now ? JobEvent.Postpone : JobEvent.Unblock, now);
        }
    }

    /// <summary>Checks that a claim took the right jobs. Slots take the first ones, whatever they are; ahead of them
    /// come only jobs that may wait in a worker, in their order, and at least those in sight. In which order all queues
    /// are served is the store's affair.</summary>
    public void CheckClaim(ClaimOrder order, IReadOnlyList<JobId> claimed)
    {
        Assert.True(claimed.Count <= order.Slots + order.Prefetch, "more were taken than asked for");
        var orders = order.Queues.Count > 0 ? [order.Queues] : Orders(Queues());
        var ready = orders.Select(queues => queues.Where(queue => !Paused.Contains(queue)).SelectMany(Ready).ToList());
        Assert.True(ready.Any(jobs => IsRight(jobs, order, claimed)), $"{order} took {string.Join(',', claimed)} of "
            + string.Join(" or ", ready.Select(jobs => string.Join(',', jobs.Select(job => job.Id)))));
    }

    private static bool IsRight(List<ModelJob> ready, ClaimOrder order, IReadOnlyList<JobId> claimed)
    {
        var ahead = claimed.Skip(order.Slots).ToList();
        var mayWait = ready.Skip(order.Slots).Where(MayWait).Select(job => job.Id);
        var inSight = ready.Skip(order.Slots).Take(order.Prefetch).Where(MayWait).Select(job => job.Id);
        return ready.Take(order.Slots).Select(job => job.Id).SequenceEqual(claimed.Take(order.Slots))
            && mayWait.Where(ahead.Contains).SequenceEqual(ahead)
            && inSight.All(ahead.Contains);
    }

    private List<string> Queues() => [.. In(JobState.Queued).Select(job => job.Template.Queue).Distinct()];

    private static IEnumerable<IReadOnlyList<string>> Orders(List<string> queues) => queues.Count == 0 ? [[]]
        : queues.SelectMany(first => Orders([.. queues.Where(queue => queue != first)])
            .Select(rest => (IReadOnlyList<string>)[first, .. rest]));

    private IEnumerable<ModelJob> Ready(string queue) => In(JobState.Queued)
        .Where(job => job.Template.Queue == queue).OrderBy(job => job.Template.Priority).ThenBy(job => job.Id);

    private static bool MayWait(ModelJob job) => job.Crashes == 0 && job.Attempt + 1 < job.MaxAttempts;

    public void Start(Claimed claimed, bool isPrefetched, DateTimeOffset now)
    {
        var job = Jobs[claimed.Id];
        Move(job, JobEvent.Claim, now);
        job.Attempt++;
        job.IsPrefetched = isPrefetched;
        job.Claimed = claimed;
    }

    public void Finish(ModelJob job, Finished finished, DateTimeOffset now)
    {
        var what = finished.Event;
        job.Claimed = null;
        if (job.IsCancelRequested && JobState.Running.After(what) is { IsFinal: false })
            what = JobEvent.Cancel;
        if (what is JobEvent.Snooze or JobEvent.Rescue)
            job.Attempt--;
        if (what is JobEvent.Snooze or JobEvent.Fail)
            (job.Crashes, job.DueAt) = (0, finished.DueAt);
        Move(job, what, now);
    }

    public int Promote(DateTimeOffset now, int limit)
    {
        var due = In(JobState.Scheduled, JobState.Retrying)
            .Where(job => job.DueAt <= now).OrderBy(job => job.DueAt).ThenBy(job => job.Id).Take(limit).ToList();
        foreach (var job in due)
            Move(job, JobEvent.Due, now);
        return due.Count;
    }

    public void Cancel(ModelJob job, DateTimeOffset now)
    {
        if (job.State == JobState.Running)
            job.IsCancelRequested = true;
        else if (!job.State.IsFinal)
            Move(job, JobEvent.Cancel, now);
    }

    public bool Hurry(ModelJob job, DateTimeOffset now)
    {
        if (job.State.After(JobEvent.Retry) is null)
            return false;
        Move(job, JobEvent.Retry, now);
        return true;
    }

    /// <summary>The process died and another one took its jobs back.</summary>
    public int Rescue(int crashesMax, DateTimeOffset now)
    {
        var lost = In(JobState.Running).ToList();
        foreach (var job in lost)
        {
            job.Claimed = null;
            job.Crashes++;
            if (job.IsPrefetched)
                job.Attempt--;
            Move(job, job.IsCancelRequested ? JobEvent.Cancel
                : job.Crashes >= crashesMax || job.Attempt >= job.MaxAttempts ? JobEvent.Exhaust
                : JobEvent.Rescue, now);
        }
        return lost.Count;
    }

    public int Prune(DateTimeOffset until)
    {
        var needed = Jobs.Values.Where(job => !job.State.IsFinal).SelectMany(job => job.Template.DependsOn).ToHashSet();
        var old = Jobs.Values
            .Where(job => job.State.IsFinal && job.EndedAt <= until && !needed.Contains(job.Id)).ToList();
        foreach (var job in old)
            Jobs.Remove(job.Id);
        return old.Count;
    }
}
