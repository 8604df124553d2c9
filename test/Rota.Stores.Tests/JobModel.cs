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
    private string _lastQueue = "";

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
                Move(job, JobEvent.Unblock, now);
        }
    }

    /// <summary>The ids that a claim must take, in order.</summary>
    public List<JobId> Claim(ClaimOrder order)
    {
        var taken = new List<JobId>();
        foreach (var queue in order.Queues.Count > 0 ? order.Queues : QueuesInTurn())
        {
            if (Paused.Contains(queue))
                continue;
            var room = order.Slots + order.Prefetch - taken.Count;
            var first = In(JobState.Queued)
                .Where(job => job.Template.Queue == queue)
                .OrderBy(job => job.Template.Priority).ThenBy(job => job.Id)
                .Take(room);
            foreach (var job in first)
            {
                if (taken.Count < order.Slots || (job.Crashes == 0 && job.Attempt + 1 < job.MaxAttempts))
                    taken.Add(job.Id);
            }
        }
        return taken;
    }

    private List<string> QueuesInTurn()
    {
        var queues = In(JobState.Queued).Select(job => job.Template.Queue).Distinct()
            .Order(StringComparer.Ordinal).ToList();
        var first = queues.FindIndex(queue => string.CompareOrdinal(queue, _lastQueue) > 0);
        first = first < 0 ? 0 : first;
        _lastQueue = queues.Count == 0 ? "" : queues[first];
        return [.. queues[first..], .. queues[..first]];
    }

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
        _lastQueue = "";
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
        var old = Jobs.Values.Where(job => job.State.IsFinal && job.EndedAt <= until).ToList();
        foreach (var job in old)
            Jobs.Remove(job.Id);
        return old.Count;
    }
}
