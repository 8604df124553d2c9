namespace Rota;

/// <summary>What a handler says of an attempt. Throwing means: it failed, try again if attempts are left.</summary>
public abstract record JobResult
{
    private JobResult() { }

    /// <summary>Done, with nothing to keep.</summary>
    public static readonly JobResult Complete = new Completed(null);

    /// <summary>Done; <paramref name="output"/> is kept as JSON (at most 1 MiB) and shown with the job.</summary>
    public static JobResult CompleteWith(object output) => new Completed(output);

    /// <summary>The work has no sense any more: ends the job as canceled.</summary>
    public static JobResult Cancel(string reason) => new Canceled(reason);

    /// <summary>Not yet: the job runs again after <paramref name="delay"/> (0 to ten years); no attempt is
    /// counted.</summary>
    public static JobResult Snooze(TimeSpan delay) => new Snoozed(delay);

    /// <summary>Failed for good: no further attempt is made, whatever is left.</summary>
    public static JobResult Fail(string reason) => new FailedForGood(reason);

    internal sealed record Completed(object? Output) : JobResult;

    internal sealed record Canceled(string Reason) : JobResult;

    internal sealed record Snoozed(TimeSpan Delay) : JobResult;

    internal sealed record FailedForGood(string Reason, object? Output = null) : JobResult;
}
