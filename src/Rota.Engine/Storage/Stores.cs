using Microsoft.Extensions.Logging;
using Rota.Jobs;
using Rota.Queues;

namespace Rota.Storage;

/// <summary>Keeps attempts, their logs and their progress.</summary>
public interface IAttemptStore
{
    /// <summary>Attempts of a job, oldest first, the running one included.</summary>
    Task<IReadOnlyList<Attempt>> ListAsync(JobId job, CancellationToken stop);

    /// <summary>Appends lines of running attempts and sets their progress.</summary>
    Task ReportAsync(IReadOnlyList<LogLine> lines, IReadOnlyList<ProgressNote> progress, CancellationToken stop);

    /// <summary>Lines of a job in order, oldest first.</summary>
    /// <param name="token">Of one attempt only, or null for all.</param>
    /// <param name="after">Only lines behind this one; null from the start.</param>
    /// <param name="limit">1 to 10,000.</param>
    Task<IReadOnlyList<LogLine>> ReadLogAsync(
        JobId job, long? token, LogPosition? after, int limit, CancellationToken stop);

    /// <summary>The newest lines of a job, oldest of them first.</summary>
    /// <param name="limit">1 to 10,000.</param>
    Task<IReadOnlyList<LogLine>> ReadLogEndAsync(JobId job, int limit, CancellationToken stop);
}

/// <summary>One line of an attempt's log.</summary>
/// <param name="Number">From 1 on within the attempt.</param>
public sealed record LogLine(JobId JobId, long Token, int Number, DateTimeOffset At, LogLevel Level, string Text);

public readonly record struct LogPosition(long Token, int Number);

public sealed record ProgressNote(JobId JobId, long Token, Progress Progress);

/// <summary>Keeps what is said of queues; a queue exists as soon as a job names it.</summary>
public interface IQueueStore
{
    /// <summary>The queues of which something is said: those that are paused or limited, and perhaps some that
    /// were.</summary>
    Task<IReadOnlyDictionary<string, QueueRule>> RulesAsync(CancellationToken stop);

    Task SetPausedAsync(string queue, bool isPaused, CancellationToken stop);

    /// <summary>From now on a job of the queue is claimed only while fewer than this many run on all nodes
    /// together.</summary>
    /// <param name="maxRunning">At least 1; null: as many as there are slots.</param>
    Task SetMaxRunningAsync(string queue, int? maxRunning, CancellationToken stop);

    /// <summary>For each queue with ready jobs: when the job in front was created. At most 1,000 queues.</summary>
    Task<IReadOnlyDictionary<string, DateTimeOffset>> OldestAsync(CancellationToken stop);
}

/// <summary>Keeps the values of <see cref="IJobMemory"/>.</summary>
public interface IMemoryStore
{
    Task<string?> GetAsync(string scope, string key, CancellationToken stop);

    /// <param name="value">Null removes the key.</param>
    Task SetAsync(string scope, string key, string? value, CancellationToken stop);
}

/// <summary>Keeps nodes and their heartbeats.</summary>
public interface INodeStore
{
    /// <summary>Writes the row of a process; one that was gone comes back. Rows of its name that were not seen since it
    /// started are those of its dead predecessors, and go; and so do those of any name that were not seen for longer
    /// than <see cref="NodeBeat.KeptFor"/>.</summary>
    /// <returns>Whether it is drained.</returns>
    Task<bool> BeatAsync(NodeBeat beat, DateTimeOffset now, CancellationToken stop);

    /// <summary>By name, and the one that started first in front.</summary>
    Task<IReadOnlyList<NodeBeat>> ListAsync(CancellationToken stop);

    /// <summary>Says that the processes of a name are to take no jobs, or to take them again. It holds until they end.
    /// </summary>
    /// <returns>False when there is none of that name.</returns>
    Task<bool> SetDrainedAsync(string name, bool isDrained, CancellationToken stop);

    Task RemoveAsync(string name, string process, CancellationToken stop);
}

/// <summary>What a node says of itself.</summary>
public sealed record NodeBeat
{
    /// <summary>So long after its last beat the row of a dead process goes, whatever its name.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(20);

    public required string Name { get; init; }

    /// <summary>Tells two processes of one name apart. Unique.</summary>
    public string Process { get; init; } = "";

    /// <summary>Name of the machine it runs on.</summary>
    public string Host { get; init; } = "";

    /// <summary>Number of the process on its machine.</summary>
    public int Pid { get; init; }

    public required string Version { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset SeenAt { get; init; }

    /// <summary>How far the wall clock of its machine is ahead of the database's. Set by the store; null where the
    /// database has no clock of its own.</summary>
    public TimeSpan? ClockOffset { get; init; }

    public int Slots { get; init; }
    public int Running { get; init; }
    public bool IsStopping { get; init; }

    /// <summary>It was asked to take no jobs, and does so from its next beat on. Set by the store.</summary>
    public bool IsDrained { get; init; }

    public IReadOnlyList<string> Queues { get; init; } = [];

    /// <summary>Whether it takes jobs of this queue. A name may have a weight behind it.</summary>
    public bool Serves(string queue) => Queues.Count == 0
        ? NodeQueue.IsOpenTo(queue, Name)
        : queue == NodeQueue.Of(Name) || Queues.Any(one => one.Split('=')[0] == queue);

    /// <summary>It missed so many beats that it is taken for dead.</summary>
    public bool IsSilent(DateTimeOffset now) => now - SeenAt >= SilenceMax;
}
