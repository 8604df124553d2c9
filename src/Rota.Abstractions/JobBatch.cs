namespace Rota;

/// <summary>Jobs that run side by side, and what follows when all of them have ended.</summary>
public sealed record JobBatch
{
    /// <summary>1 to 10,000.</summary>
    public required IReadOnlyList<JobStep> Jobs { get; init; }

    /// <summary>Runs when all jobs succeeded; is canceled when one did not. Default: nothing.</summary>
    public JobStep? OnSuccess { get; init; }

    /// <summary>Runs when all jobs have ended, however. Default: nothing.</summary>
    public JobStep? OnComplete { get; init; }

    /// <summary>Of the job that stands for the batch: queue (default: that of the first job), priority, tags, metadata
    /// and so on, but neither <see cref="JobOptions.Unique"/>, <see cref="JobOptions.DependsOn"/>,
    /// <see cref="JobOptions.ResultInto"/> and <see cref="JobOptions.Repeat"/> nor a time.</summary>
    public JobOptions? Options { get; init; }
}

/// <summary>What enqueuing a batch came to.</summary>
/// <param name="Id">The job of kind <c>batch</c> that stands for all: it ends as they did, and its output counts them.
/// </param>
/// <param name="Jobs">In the order given.</param>
/// <param name="OnSuccess">Null when none was given.</param>
/// <param name="OnComplete">Null when none was given.</param>
public sealed record EnqueuedBatch(JobId Id, IReadOnlyList<JobId> Jobs, JobId? OnSuccess, JobId? OnComplete);
