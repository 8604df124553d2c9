using System.Diagnostics;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Workers;

/// <summary>One span for each attempt, named by the job's kind; nothing where nobody listens to the source
/// <c>Rota</c>.</summary>
/// <remarks>It is the current activity of the handler, so that spans of its own calls stand under it.</remarks>
internal static class AttemptTrace
{
    private static readonly ActivitySource Source = new(JobMetrics.MeterName);

    public static Activity? Start(RunningAttempt attempt) =>
        Source.StartActivity(attempt.Kind, ActivityKind.Consumer)?
            .SetTag("rota.job.id", attempt.Id.Value)
            .SetTag("rota.job.kind", attempt.Kind)
            .SetTag("rota.job.queue", attempt.Queue)
            .SetTag("rota.job.attempt", attempt.Attempt);

    public static void End(this Activity trace, Finished finished)
    {
        trace.SetTag("rota.job.outcome", JobMetrics.NameOf(finished.Outcome));
        if (finished.Error is { } error)
            trace.SetStatus(ActivityStatusCode.Error, error.Message);
    }
}
