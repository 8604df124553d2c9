using Microsoft.Extensions.Logging;

namespace Rota;

/// <summary>Why an attempt's stop token fired.</summary>
public enum StopReason { None, Timeout, Canceled, Shutdown, LeaseLost }

/// <summary>One attempt at one job, as its handler sees it.</summary>
public abstract class JobContext
{
    public abstract JobId Id { get; }

    public abstract string Kind { get; }

    public abstract string Queue { get; }

    /// <summary>From 1 on.</summary>
    public abstract int Attempt { get; }

    public abstract int MaxAttempts { get; }

    /// <summary>Grows with every claim of any job: a system that remembers the highest token it saw can refuse a late
    /// writer.</summary>
    public abstract long Token { get; }

    public abstract DateTimeOffset CreatedAt { get; }

    /// <summary>The schedule that enqueued the job, or null.</summary>
    public abstract string? Schedule { get; }

    public abstract IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The attempt's log: kept with the job, in order, bounded; secrets in it are masked.</summary>
    /// <remarks>Lines of any other <see cref="ILogger"/> written during the attempt are kept there too.</remarks>
    public abstract ILogger Log { get; }

    /// <summary>The secrets that this attempt may read.</summary>
    public abstract JobSecrets Secrets { get; }

    /// <summary>Small values that outlive the job: shared by all jobs of its schedule, else of its kind.</summary>
    public abstract IJobMemory Memory { get; }

    public abstract TimeProvider Clock { get; }

    public abstract StopReason StopReason { get; }

    /// <summary>Says how far the attempt is. Cheap; what is shown is the last word, refreshed a few times a
    /// second.</summary>
    /// <param name="done">0 or more.</param>
    /// <param name="total">Over 0, in the unit of <paramref name="done"/>; null when nobody knows.</param>
    /// <param name="text">At most 200 characters; longer is cut.</param>
    public abstract void ReportProgress(double done, double? total = null, string? text = null);
}

/// <summary>Reads secrets, decrypted in memory for this attempt only.</summary>
public abstract class JobSecrets
{
    /// <summary>The value of a secret: of the schedule's own <c>secret_config</c> first, else the one named
    /// so.</summary>
    /// <exception cref="NotFoundException"><c>secret.not_found</c>.</exception>
    public abstract ValueTask<string> GetAsync(string name, CancellationToken stop = default);

    /// <summary>The schedule's own secrets by name; empty when there are none.</summary>
    public abstract ValueTask<IReadOnlyDictionary<string, string>> GetOwnAsync(CancellationToken stop = default);
}

/// <summary>Small values that outlive a job, such as a cursor into another system.</summary>
public interface IJobMemory
{
    /// <summary>The stored value, or null.</summary>
    ValueTask<string?> GetAsync(string key, CancellationToken stop = default);

    /// <summary>Stores a value of at most 64 KiB under a key of at most 200 characters, or removes it with
    /// null.</summary>
    /// <remarks>Returns after the commit.</remarks>
    ValueTask SetAsync(string key, string? value, CancellationToken stop = default);
}
