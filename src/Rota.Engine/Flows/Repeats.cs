using Rota.Jobs;
using Rota.Storage;

namespace Rota.Flows;

/// <summary>Jobs that run again after they succeeded, each time as a new job.</summary>
internal static class Repeats
{
    /// <summary>The job that comes next to one that succeeded; null when it was the last one. It depends on the one
    /// before, so that a drawing shows them in a row.</summary>
    public static NewJob? Next(Claimed job, JobSettings settings, DateTimeOffset now)
    {
        if (settings.Repeat is not { } repeat)
            return null;
        var template = new JobTemplate
        {
            Kind = job.Kind,
            Queue = job.Queue,
            Project = job.Project,
            Priority = job.Priority,
            Schedule = job.Schedule,
            DueAt = now + repeat.Intervals[0],
            Unique = repeat.Unique,
            DependsOn = [job.Id],
            Tags = repeat.Tags ?? [],
            Settings = (settings with { Repeat = repeat.Next() }).ToJson(),
        };
        return new NewJob(template, job.Args);
    }

    /// <summary>The settings of a retry: a job that succeeded has its next one already.</summary>
    public static ReadOnlyMemory<byte>? OfRetry(Job job) =>
        job.State == JobState.Succeeded && JobSettings.Parse(job.Settings) is { Repeat: not null } settings
            ? (settings with { Repeat = null }).ToJson() : job.Settings;
}
