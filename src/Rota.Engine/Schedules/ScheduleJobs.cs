using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Schedules;

/// <summary>The jobs that a schedule enqueues.</summary>
internal static class ScheduleJobs
{
    private const string DueAtName = "due_at";

    /// <summary>The template of one job, with the defaults that its kind has now.</summary>
    /// <param name="dueAt">Kept in the job's metadata as <c>due_at</c>; null when somebody runs the schedule by hand.
    /// </param>
    /// <exception cref="InvalidFieldException">Names the field: <c>kind</c> or one as <c>options.queue</c>.</exception>
    public static JobTemplate ToTemplate(string schedule, string kind, JobOptions options, HandlerRegistry handlers,
        DateTimeOffset? dueAt, DateTimeOffset now)
    {
        if (dueAt is { } due)
            options = options with { Metadata = WithDueAt(options.Metadata, due) };
        var handler = handlers.Find(kind);
        try
        {
            return JobOptionsCheck.ToTemplate(handler?.Kind ?? kind, handler?.Job, options, now) with
            {
                Schedule = schedule,
            };
        }
        catch (InvalidFieldException error) when (error.Field != "kind")
        {
            throw new InvalidFieldException($"options.{error.Field}", error.Message, error.Hint, error);
        }
    }

    /// <summary>The options with the delay that the trigger's jitter gives this occurrence: the same one whoever asks,
    /// however often.</summary>
    public static JobOptions Jittered(Schedule schedule, DateTimeOffset dueAt)
    {
        if (schedule.Trigger is not { Limits.Jitter: { Ticks: > 0 } jitter })
            return schedule.Options;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{schedule.Name} {dueAt.UtcTicks}"));
        var later = new TimeSpan((long)(BinaryPrimitives.ReadUInt64LittleEndian(hash) % (ulong)jitter.Ticks));
        return schedule.Options with { Delay = (schedule.Options.Delay ?? TimeSpan.Zero) + later };
    }

    /// <summary>An occurrence with the job that it is to enqueue, if any.</summary>
    /// <exception cref="InvalidFieldException">As of <see cref="ToTemplate"/>.</exception>
    public static DueOccurrence ToDue(
        Schedule schedule, PlannedOccurrence planned, HandlerRegistry handlers, DateTimeOffset now)
    {
        if (planned.Outcome is not (OccurrenceOutcome.Enqueued or OccurrenceOutcome.Backfilled))
            return new DueOccurrence(planned.DueAt, planned.Outcome, Job: null);
        var options = Jittered(schedule, planned.DueAt);
        var template = ToTemplate(schedule.Name, schedule.Kind, options, handlers, planned.DueAt, now);
        return new DueOccurrence(planned.DueAt, planned.Outcome, new NewJob(template, schedule.Args));
    }

    /// <summary>Refuses options that fit one job only: the second occurrence would collide with the first or
    /// fail.</summary>
    /// <exception cref="InvalidFieldException">Names the option.</exception>
    public static void CheckRepeats(JobOptions options)
    {
        if (options.Key is not null)
            throw new InvalidFieldException("options.key", "A schedule enqueues many jobs, and a key names one.",
                "Use options.unique to have at most one job at a time.");
        if (options.RunAt is not null)
            throw new InvalidFieldException("options.run_at", "The trigger says when jobs run, and run_at does too.",
                "Leave out run_at; options.delay runs jobs that much after they are due.");
        if (options.DependsOn is { Count: > 0 })
            throw new InvalidFieldException("options.depends_on",
                "The jobs that a schedule would wait for are deleted one day, and then nothing would run.",
                "Leave out depends_on, and let the handler enqueue what follows.");
        if (options.ResultInto is not null)
            throw new InvalidFieldException("options.result_into", "The jobs of a schedule depend on no other job.",
                "Leave out result_into.");
    }

    private static Dictionary<string, string> WithDueAt(
        IReadOnlyDictionary<string, string>? metadata, DateTimeOffset due) =>
        new(metadata ?? new Dictionary<string, string>())
        {
            [DueAtName] = due.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture),
        };
}
