using System.Data.Common;
using System.Text.Json;

namespace Rota;

/// <summary>Enqueues jobs. Safe for any number of callers; every call returns only after the commit.</summary>
public interface IJobClient
{
    /// <summary>Enqueues one job of the kind that <typeparamref name="TArgs"/> names.</summary>
    /// <exception cref="InvalidFieldException">An option is out of its range, or the arguments are over 1
    /// MiB.</exception>
    /// <exception cref="ConflictException"><c>job.key_taken</c>: a job with that key exists.</exception>
    /// <exception cref="StorageException">The database took nothing.</exception>
    Task<Enqueued> EnqueueAsync<TArgs>(TArgs args, JobOptions? options = null, CancellationToken stop = default)
        where TArgs : notnull;

    /// <summary>Enqueues one job inside the caller's own transaction: rolled back, it never existed; committed, any
    /// node may take it.</summary>
    /// <param name="transaction">Open, on the database that Rota keeps its jobs in. Of PostgreSQL: Npgsql's, which is
    /// also what Dapper and EF Core (<c>GetDbTransaction</c>) work with.</param>
    /// <exception cref="InvalidFieldException"><c>transaction</c>: not of Rota's database, or Rota keeps its jobs in
    /// SQLite, where no transaction is shared.</exception>
    Task<Enqueued> EnqueueAsync<TArgs>(
        TArgs args, JobOptions? options, DbTransaction transaction, CancellationToken stop = default)
        where TArgs : notnull;

    /// <summary>Enqueues many jobs with the same options in one commit: all or none. At most 100,000.</summary>
    /// <returns>In the order of <paramref name="args"/>.</returns>
    Task<IReadOnlyList<Enqueued>> EnqueueManyAsync<TArgs>(
        IReadOnlyCollection<TArgs> args, JobOptions? options = null, CancellationToken stop = default)
        where TArgs : notnull;

    /// <summary>Enqueues one job of a kind known by name only; the kind need not have a handler yet.</summary>
    Task<Enqueued> EnqueueAsync(
        string kind, JsonElement args, JobOptions? options = null, CancellationToken stop = default);

    /// <summary>Enqueues many jobs of a kind known by name only, in one commit: all or none. At most 100,000.</summary>
    /// <returns>In the order of <paramref name="args"/>.</returns>
    Task<IReadOnlyList<Enqueued>> EnqueueManyAsync(string kind, IReadOnlyCollection<JsonElement> args,
        JobOptions? options = null, CancellationToken stop = default);

    /// <summary>Enqueues jobs of which each waits for the success of the one before, in one commit: all or none.
    /// <see cref="JobOptions.ResultInto"/> hands the output on.</summary>
    /// <param name="steps">1 to 1,000.</param>
    /// <returns>In the order of <paramref name="steps"/>.</returns>
    /// <exception cref="InvalidFieldException">Names the step too, as <c>steps[2].options.queue</c>.</exception>
    Task<IReadOnlyList<Enqueued>> EnqueueChainAsync(IReadOnlyList<JobStep> steps, CancellationToken stop = default);

    /// <summary>The same inside the caller's own transaction.</summary>
    Task<IReadOnlyList<Enqueued>> EnqueueChainAsync(
        IReadOnlyList<JobStep> steps, DbTransaction transaction, CancellationToken stop = default);

    /// <summary>Enqueues a batch in one commit: all of its jobs or none.</summary>
    /// <exception cref="InvalidFieldException">Names the job too, as <c>jobs[2].options.queue</c>.</exception>
    Task<EnqueuedBatch> EnqueueBatchAsync(JobBatch batch, CancellationToken stop = default);

    /// <summary>The same inside the caller's own transaction.</summary>
    Task<EnqueuedBatch> EnqueueBatchAsync(
        JobBatch batch, DbTransaction transaction, CancellationToken stop = default);
}
