using Rota.Storage;

namespace Rota.Queues;

/// <summary>A queue as it stands.</summary>
/// <param name="OldestAt">When the queued job in front was created; null when none is queued.</param>
public sealed record QueueInfo(string Name, QueueRule Rule, IReadOnlyDictionary<JobState, long> Counts,
    DateTimeOffset? OldestAt)
{
    public bool IsPaused => Rule.IsPaused;

    /// <inheritdoc cref="QueueRule"/>
    public int? MaxRunning => Rule.MaxRunning;

    public long this[JobState state] => Counts.GetValueOrDefault(state);
}

/// <summary>What is said of a queue.</summary>
/// <param name="MaxRunning">As many of its jobs run at once on all nodes together, 1 to 100,000; null: as many as nodes
/// have slots.</param>
public readonly record struct QueueRule(bool IsPaused, int? MaxRunning);

/// <summary>Lists, pauses, resumes and limits queues. A queue is there as soon as a job, a pause or a limit names it.
/// </summary>
public sealed class QueueOperations(IJobStore jobs, IQueueStore queues)
{
    private const int RunningMax = 100_000;

    /// <summary>By name; from counters, so that it costs the same with any number of jobs.</summary>
    public async Task<IReadOnlyList<QueueInfo>> ListAsync(CancellationToken stop) =>
        await ListAsync(await jobs.CountAsync(stop), stop);

    /// <summary>The same with what was counted a moment ago.</summary>
    public async Task<IReadOnlyList<QueueInfo>> ListAsync(IReadOnlyList<JobCount> counts, CancellationToken stop)
    {
        var rules = await queues.RulesAsync(stop);
        var oldest = await queues.OldestAsync(stop);
        var byQueue = counts.ToLookup(count => count.Queue);
        var ruled = rules.Where(queue => queue.Value != default).Select(queue => queue.Key);
        return [.. byQueue.Select(queue => queue.Key).Union(ruled).Order(StringComparer.Ordinal)
            .Select(name => new QueueInfo(name, rules.GetValueOrDefault(name), Sum(byQueue[name]),
                oldest.TryGetValue(name, out var at) ? at : null))];
    }

    private static Dictionary<JobState, long> Sum(IEnumerable<JobCount> counts) => counts
        .GroupBy(count => count.State)
        .ToDictionary(state => state.Key, state => state.Sum(count => count.Count));

    /// <summary>The paused queues in which jobs are queued, by name.</summary>
    public async Task<IReadOnlyList<string>> HeldBackAsync(CancellationToken stop)
    {
        var paused = (await queues.RulesAsync(stop)).Where(queue => queue.Value.IsPaused)
            .Select(queue => queue.Key).ToList();
        if (paused.Count == 0)
            return [];
        var queued = (await jobs.CountAsync(stop)).Where(count => count is { State: JobState.Queued, Count: > 0 })
            .Select(count => count.Queue).ToHashSet();
        return [.. paused.Where(queued.Contains).Order(StringComparer.Ordinal)];
    }

    public async Task<QueueRule> RuleAsync(string name, CancellationToken stop) =>
        (await queues.RulesAsync(stop)).GetValueOrDefault(name);

    /// <summary>No job of the queue is claimed any more; what runs goes on.</summary>
    public Task PauseAsync(string name, CancellationToken stop) => SetAsync(name, isPaused: true, stop);

    public Task ResumeAsync(string name, CancellationToken stop) => SetAsync(name, isPaused: false, stop);

    /// <summary>At most so many jobs of the queue run at once, on all nodes together. What runs already goes on, and
    /// counts.</summary>
    /// <param name="maxRunning">1 to 100,000; null: as many as nodes have slots.</param>
    /// <exception cref="InvalidFieldException"><c>max_running</c> is out of range.</exception>
    public Task LimitAsync(string name, int? maxRunning, CancellationToken stop)
    {
        if (maxRunning is < 1 or > RunningMax)
        {
            throw new InvalidFieldException("max_running", $"max_running is {maxRunning}.",
                $"Write 1 to {RunningMax:N0}, or null for no limit; to start no jobs at all, pause the queue.");
        }
        return queues.SetMaxRunningAsync(NameRule.Check("name", name), maxRunning, stop);
    }

    private Task SetAsync(string name, bool isPaused, CancellationToken stop) =>
        queues.SetPausedAsync(NameRule.Check("name", name), isPaused, stop);
}
