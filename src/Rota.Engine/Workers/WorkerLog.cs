using Microsoft.Extensions.Logging;

namespace Rota.Workers;

/// <summary>Every line the workers log. Event ids 2000 to 2099; an id is never reused.</summary>
internal static partial class WorkerLog
{
    [LoggerMessage(2001, LogLevel.Information, "Working as node {Node} with {Concurrency} slots, queues: {Queues}")]
    public static partial void Working(this ILogger log, string node, int concurrency, string queues);

    [LoggerMessage(2002, LogLevel.Warning, "Took back {Count} jobs of a process that had ended while it ran them")]
    public static partial void Rescued(this ILogger log, int count);

    [LoggerMessage(2003, LogLevel.Warning,
        "Job {JobId} ({Kind}) failed on attempt {Attempt} of {MaxAttempts}, next at {RetryAt:O}: {Error}")]
    public static partial void Failed(this ILogger log,
        JobId jobId, string kind, int attempt, int maxAttempts, DateTimeOffset? retryAt, string error);

    [LoggerMessage(2004, LogLevel.Error,
        "Job {JobId} ({Kind}) failed for good as {Reason} on attempt {Attempt}: {Error}")]
    public static partial void FailedForGood(this ILogger log,
        JobId jobId, string kind, FailReason reason, int attempt, string error);

    [LoggerMessage(2005, LogLevel.Warning, "Job {JobId} ({Kind}) ignored its stop token and was abandoned ({Reason})")]
    public static partial void Abandoned(this ILogger log, JobId jobId, string kind, StopReason reason);

    [LoggerMessage(2006, LogLevel.Error,
        "The store cannot write now; ended attempts wait, and Rota tries again: {Why}")]
    public static partial void StoreRefused(this ILogger log, string why);

    [LoggerMessage(2007, LogLevel.Warning, "The lease of token {Token} was lost: its outcome was refused")]
    public static partial void LeaseLost(this ILogger log, long token);

    [LoggerMessage(2008, LogLevel.Information, "Stopping: {Running} jobs run on for at most {Drain}")]
    public static partial void Draining(this ILogger log, int running, TimeSpan drain);

    [LoggerMessage(2009, LogLevel.Error, "Log lines of running attempts could not be stored: {Why}")]
    public static partial void LinesLost(this ILogger log, string why);

    [LoggerMessage(2010, LogLevel.Information, "This node was {Change}")]
    public static partial void Held(this ILogger log, string change);
}
