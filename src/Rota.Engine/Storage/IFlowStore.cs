using Rota.Jobs;

namespace Rota.Storage;

/// <summary>Reads which jobs were enqueued to run after which.</summary>
public interface IFlowStore
{
    /// <summary>What these jobs depend on, by <see cref="JobEdge.Id"/> and then <see cref="JobEdge.OnId"/>.</summary>
    /// <param name="limit">1 to 20,000.</param>
    Task<IReadOnlyList<JobEdge>> DependenciesAsync(IReadOnlyList<JobId> jobs, int limit, CancellationToken stop);

    /// <summary>What depends on these jobs, by <see cref="JobEdge.OnId"/> and then <see cref="JobEdge.Id"/>.</summary>
    /// <param name="limit">1 to 20,000.</param>
    Task<IReadOnlyList<JobEdge>> DependentsAsync(IReadOnlyList<JobId> jobs, int limit, CancellationToken stop);

    /// <summary>Those of these jobs that are there, by id, without arguments, output, tags and dependencies.</summary>
    Task<IReadOnlyList<Job>> JobsAsync(IReadOnlyList<JobId> ids, CancellationToken stop);

    /// <summary>The outputs of the jobs that one depends on, in the order of their ids; null in the place of one that
    /// had none or is gone.</summary>
    /// <param name="bytesMax">Of all together.</param>
    /// <returns>Null when they are larger.</returns>
    Task<IReadOnlyList<ReadOnlyMemory<byte>?>?> OutputsAsync(JobId id, int bytesMax, CancellationToken stop);
}

/// <summary>One job that was enqueued to run after another.</summary>
/// <param name="Id">The one that waits, or waited.</param>
/// <param name="OnId">The one that comes first. It may be gone.</param>
/// <param name="State">In which <paramref name="OnId"/> ended; null until then.</param>
public readonly record struct JobEdge(JobId Id, JobId OnId, JobState? State);
