using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>One store on a database that no other test can see.</summary>
public abstract class TestStore : IAsyncDisposable
{
    /// <summary>No test may fail because the machine had no time for it.</summary>
    protected const int ReadSecondsMax = 60;

    public abstract IJobStore Jobs { get; }
    public abstract IFlowStore Flows { get; }
    public abstract IAttemptStore Attempts { get; }
    public abstract IQueueStore Queues { get; }
    public abstract INodeStore Nodes { get; }
    public abstract IMemoryStore Memory { get; }
    public abstract ISecretStore Secrets { get; }
    public abstract IScheduleStore Schedules { get; }
    public abstract IAccessStore Access { get; }
    public abstract StoreSignals Signals { get; }

    /// <summary>Opens the same database as a new process would; what ran belongs to a dead one then.</summary>
    public abstract Task ReopenAsync();

    /// <summary>Ends the process as it should.</summary>
    public abstract Task CloseAsync();

    /// <summary>Opens the closed database again, as the next process does.</summary>
    public abstract Task OpenAgainAsync();

    /// <summary>Opens the database as one end of a copy.</summary>
    public abstract Task<ICopyStore> OpenCopyAsync(bool isTarget);

    /// <summary>Reads the tables themselves: how many rows each job has in ready, running, waiting and
    /// outcome.</summary>
    public abstract Task<IReadOnlyDictionary<JobId, IReadOnlyList<string>>> PlacesAsync();

    /// <summary>Rows that belong to no job: of outputs, attempts, log lines, tags, dependencies.</summary>
    public abstract Task<IReadOnlyList<string>> OrphansAsync();

    /// <summary>Writes a schedule's row with its own secrets, as far as secrets are concerned.</summary>
    public abstract Task AddScheduleSecretsAsync(string schedule, string token);

    /// <summary>Writes what no caller could: texts in a schedule's row that cannot be read. Null leaves one as it is.
    /// </summary>
    public abstract Task DamageScheduleAsync(string schedule, string? trigger, string? options);

    public abstract ValueTask DisposeAsync();
}
