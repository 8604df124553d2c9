using Microsoft.Extensions.Logging;

namespace Rota.Jobs;

/// <summary>Every line of the job slice. Event ids 1000 to 1099; an id is never reused.</summary>
internal static partial class JobLog
{
    [LoggerMessage(1001, LogLevel.Information, "Deleted {Count} ended jobs whose retention is over")]
    public static partial void Pruned(this ILogger log, int count);

    [LoggerMessage(1002, LogLevel.Warning, "Ended jobs could not be deleted now, trying again in a minute: {Why}")]
    public static partial void PruneFailed(this ILogger log, string why);

    [LoggerMessage(1003, LogLevel.Information, "Enqueued {Count} rejected jobs again: kind {Kind} has a handler now")]
    public static partial void RejectedRetried(this ILogger log, int count, string kind);

    [LoggerMessage(1004, LogLevel.Warning,
        "Rejected jobs of kind {Kind} could not be enqueued again; retry them by hand: {Why}")]
    public static partial void RejectedNotRetried(this ILogger log, string kind, string why);
}
