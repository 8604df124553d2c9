using System.Text.Json;

namespace Rota;

/// <summary>A handler in ConnectHub's shape: clear parameters and decrypted secrets in, a result out.</summary>
/// <remarks>Mark the class itself with <see cref="JobAttribute"/>. <c>parameters</c> is the job's arguments.</remarks>
/// <typeparam name="TParameters">The clear configuration; read from JSON, unknown fields are ignored.</typeparam>
public abstract class IntegrationJob<TParameters> : IJobHandler<TParameters>
{
    /// <summary>Runs one attempt.</summary>
    /// <param name="parameters">The clear configuration this attempt runs with; kept as its snapshot.</param>
    /// <param name="secrets">The schedule's own secrets by name, in memory only.</param>
    /// <param name="job">The attempt.</param>
    /// <param name="stop">See <see cref="IJobHandler{TArgs}.RunAsync"/>.</param>
    public abstract Task<JobResult> RunAsync(
        TParameters parameters, IReadOnlyDictionary<string, string> secrets, JobContext job, CancellationToken stop);

    async Task<JobResult> IJobHandler<TParameters>.RunAsync(TParameters args, JobContext job, CancellationToken stop) =>
        await RunAsync(args, await job.Secrets.GetOwnAsync(stop), job, stop);
}

/// <inheritdoc cref="IntegrationJob{TParameters}"/>
public abstract class IntegrationJob : IntegrationJob<JsonElement>;
