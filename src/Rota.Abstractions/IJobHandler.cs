namespace Rota;

/// <summary>The code that runs the jobs of one kind.</summary>
/// <typeparam name="TArgs">What is enqueued; carries <see cref="JobAttribute"/> and travels as JSON.</typeparam>
public interface IJobHandler<in TArgs>
{
    /// <summary>Runs one attempt, in a dependency-injection scope of its own.</summary>
    /// <remarks>A job may run more than once: a node can die between the work and the word that it is done. Give
    /// <see cref="JobContext.Id"/> to outside systems as the key by which they drop a repeat.</remarks>
    /// <param name="args">As enqueued.</param>
    /// <param name="job">The attempt: numbers, log, progress, secrets, memory.</param>
    /// <param name="stop">Fires on time-out, cancel, shutdown and a lost lease; <see cref="JobContext.StopReason"/>
    /// says which.</param>
    Task<JobResult> RunAsync(TArgs args, JobContext job, CancellationToken stop);
}
