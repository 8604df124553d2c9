using Rota.Storage;

namespace Rota.Events;

/// <summary>The events of jobs that ended. Pure.</summary>
public static class JobEvents
{
    /// <summary>A failure is one always, another end only of a schedule's job: of the others there may be many
    /// thousands a second.</summary>
    public static bool IsEvent(JobState ended, string? schedule) =>
        ended == JobState.Failed || ended.IsFinal && schedule is not null;

    public static NewEvent Of(
        JobId id, string kind, string? schedule, JobState ended, DateTimeOffset at, string? error) =>
        new(EventType.JobSucceeded + (ended - JobState.Succeeded), at, schedule ?? kind) { JobId = id, Text = error };
}
