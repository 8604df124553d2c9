using Rota.Storage;

namespace Rota.Queues;

/// <summary>A queue as it stands.</summary>
/// <param name="OldestAt">When the queued job in front was created; null when none is queued.</param>
public sealed record QueueInfo(string Name, bool IsPaused, IReadOnlyDictionary<JobState, long> Counts,
    DateTimeOffset? OldestAt)
{
    public long this[JobState state] => Counts.GetValueOrDefault(state);
}

/// <summary>Lists, pauses and resumes queues. A queue is there as soon as a job or a pause names it.</summary>
public sealed class QueueOperations(IJobStore jobs, IQueueStore queues)
{
    /// <summary>By name; from counters, so that it costs the same with any number of jobs.</summary>
    public async Task<IReadOnlyList<QueueInfo>> ListAsync(CancellationToken stop) =>
        await ListAsync(await jobs.CountAsync(stop), stop);

    /// <summary>The same with what was counted a moment ago.</summary>
    public async Task<IReadOnlyList<QueueInfo>> ListAsync(IReadOnlyList<JobCount> counts, CancellationToken stop)
    {
        var paused = (await queues.PausedAsync(stop)).ToHashSet();
        var oldest = await queues.OldestAsync(stop);
        var byQueue = counts.ToLookup(count => count.Queue);
        return [.. byQueue.Select(queue => queue.Key).Union(paused).Order(StringComparer.Ordinal)
            .Select(name => new QueueInfo(name, paused.Contains(name), Sum(byQueue[name]),
                oldest.TryGetValue(name, out var at) ? at : null))];
    }

    private static Dictionary<JobState, long> Sum(IEnumerable<JobCount> counts) => counts
        .GroupBy(count => count.State)
        .ToDictionary(state => state.Key, state => state.Sum(count => count.Count));

    /// <summary>The paused queues in which jobs are queued, by name.</summary>
    public async Task<IReadOnlyList<string>> HeldBackAsync(CancellationToken stop)
    {
        var paused = await queues.PausedAsync(stop);
        if (paused.Count == 0)
            return [];
        var queued = (await jobs.CountAsync(stop)).Where(count => count is { State: JobState.Queued, Count: > 0 })
            .Select(count => count.Queue).ToHashSet();
        return [.. paused.Where(queued.Contains).Order(StringComparer.Ordinal)];
    }

    public async Task<bool> IsPausedAsync(string name, CancellationToken stop) =>
        (await queues.PausedAsync(stop)).Contains(name);

    /// <summary>No job of the queue is claimed any more; what runs goes on.</summary>
    public Task PauseAsync(string name, CancellationToken stop) => SetAsync(name, isPaused: true, stop);

    public Task ResumeAsync(string name, CancellationToken stop) => SetAsync(name, isPaused: false, stop);

    private Task SetAsync(string name, bool isPaused, CancellationToken stop) =>
        queues.SetPausedAsync(NameRule.Check("name", name), isPaused, stop);
}
