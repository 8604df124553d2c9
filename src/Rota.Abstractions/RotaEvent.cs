namespace Rota;

/// <summary>What happened. The numbers are stored.</summary>
public enum EventType
{
    /// <summary>A node began to work.</summary>
    NodeStarted = 1,

    /// <summary>A node ended as it should; one that died leaves none.</summary>
    NodeStopped = 2,

    ScheduleMade = 10,
    ScheduleChanged = 11,
    SchedulePaused = 12,
    ScheduleResumed = 13,
    ScheduleRemoved = 14,

    /// <summary>A due time enqueued a job.</summary>
    OccurrenceEnqueued = 20,

    /// <summary>A due time enqueued none, because of the job that the event names.</summary>
    OccurrenceSkipped = 21,

    /// <summary>Due times were missed and are not made up for.</summary>
    OccurrenceMissed = 22,

    /// <summary>The job of a later due time stands for these.</summary>
    OccurrenceCoalesced = 23,

    /// <summary>A due time of the past enqueued a job by a back-fill.</summary>
    OccurrenceBackfilled = 24,

    /// <summary>A job of a schedule succeeded.</summary>
    JobSucceeded = 35,

    /// <summary>A job failed for good, of a schedule or not.</summary>
    JobFailed = 36,

    /// <summary>A job of a schedule was canceled while it ran.</summary>
    JobCanceled = 37,

    /// <summary>A supervisor gave up a process that did not start.</summary>
    ProcessFatal = 50,

    /// <summary>A process was restarted again and again.</summary>
    ProcessFlapping = 51,

    /// <summary>A process runs again as it should.</summary>
    ProcessRecovered = 52,
}

/// <summary>Something that happened anywhere in an installation, kept for some days.</summary>
/// <param name="Id">Grows, but not always in the order of <paramref name="At"/>.</param>
/// <param name="Source">Name of the schedule or node, the kind of the job, or <c>SUPERVISOR/PROCESS</c>.</param>
/// <param name="JobId">The job that it is about, if any. It may be past its retention.</param>
/// <param name="DueAt">Of occurrences: the due time; of several missed at once the last one.</param>
/// <param name="Count">How many occurrences it stands for; else 1.</param>
/// <param name="Actor">Who changed a schedule; else null.</param>
/// <param name="Text">Why a job failed, or what a process did, at most 500 characters; else null.</param>
public sealed record RotaEvent(long Id, EventType Type, DateTimeOffset At, string Source, JobId? JobId,
    DateTimeOffset? DueAt, int Count, string? Actor, string? Text);

/// <summary>Hears of every event of the installation that comes after the start of its process, or of those types that
/// it was registered for.</summary>
/// <remarks>
/// Several processes hear of the same event; what must be done once belongs into a webhook or a job. A listener is told
/// of one event after the other, and nothing else waits for it: a slow one falls behind, one that throws is logged and
/// goes on with the next event.
/// </remarks>
public interface IEventListener
{
    ValueTask OnEventAsync(RotaEvent happened, CancellationToken stop);
}
