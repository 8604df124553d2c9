using System.Text.Json;
using Rota.Flows;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Workers;

/// <summary>What the end of an attempt means for its job. Pure: no store, no clock of its own.</summary>
internal static class OutcomeRule
{
    public const int OutputBytesMax = 1 << 20;
    private const int MessageCharactersMax = 8_192, StackCharactersMax = 32_768;

    /// <summary>The handler returned.</summary>
    public static Finished OfResult(RunningAttempt attempt, JobResult? result, DateTimeOffset now, double random)
    {
        switch (result)
        {
            case JobResult.Completed completed:
                return WithOutput(attempt, End(attempt, JobEvent.Succeed, AttemptOutcome.Succeeded, now) with
                {
                    // Who cancels a job that then ends well nevertheless does not want it again.
                    Next = attempt.StopReason == StopReason.Canceled
                        ? null : Repeats.Next(attempt.Job, attempt.Settings, now),
                }, completed.Output, now);
            case JobResult.Canceled canceled:
                return End(attempt, JobEvent.Cancel, AttemptOutcome.Canceled, now) with
                {
                    Error = Error(attempt, "canceled", canceled.Reason),
                };
            case JobResult.Snoozed snoozed:
                var delay = TimeSpan.FromTicks(Math.Clamp(snoozed.Delay.Ticks, 0, TimeSpan.FromDays(3_660).Ticks));
                return End(attempt, JobEvent.Snooze, AttemptOutcome.Snoozed, now) with { DueAt = now + delay };
            case JobResult.FailedForGood failed:
                return WithOutput(attempt, End(attempt, JobEvent.Exhaust, AttemptOutcome.Failed, now) with
                {
                    Reason = FailReason.Error,
                    Error = Error(attempt, "failed", failed.Reason),
                }, failed.Output, now);
            default:
                return Failed(attempt, FailReason.Error, AttemptOutcome.Failed,
                    Error(attempt, "no result", "The handler returned null instead of a JobResult."), now, random);
        }
    }

    private static Finished WithOutput(RunningAttempt attempt, Finished done, object? output, DateTimeOffset now)
    {
        if (output is null)
            return done;
        try
        {
            var json = JsonSerializer.Serialize(output, output.GetType(), RotaJson.Options);
            var bytes = System.Text.Encoding.UTF8.GetBytes(attempt.Mask(json));
            if (bytes.Length <= OutputBytesMax)
                return done with { Output = bytes };
            return Broken($"The output is {bytes.Length:N0} bytes of JSON; at most {OutputBytesMax:N0} are kept. "
                + "Store it elsewhere and return where it is.");
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return Broken($"The output of type {output.GetType().Name} cannot be written as JSON: {error.Message}");
        }

        // The work is done, but nobody could read what it came to: another attempt would do it again for nothing.
        Finished Broken(string message) => End(attempt, JobEvent.Exhaust, AttemptOutcome.Failed, now) with
        {
            Reason = FailReason.Error,
            Error = Error(attempt, "output", message),
        };
    }

    /// <summary>The handler threw, or the watchdog gave up on it.</summary>
    public static Finished OfError(RunningAttempt attempt, Exception error, DateTimeOffset now, double random)
    {
        switch (attempt.StopReason) // whatever a stopped handler throws, it is the stop that ended it
        {
            case StopReason.Canceled:
                return End(attempt, JobEvent.Cancel, AttemptOutcome.Canceled, now) with
                {
                    Error = Error(attempt, "canceled", attempt.CancelReason ?? "canceled"),
                };
            case StopReason.Shutdown:
                return Released("The node stopped; the job was given back.");
            case StopReason.LeaseLost:
                return Released("The node lost touch with the database; the job was given back.");
            case StopReason.Timeout:
                return Failed(attempt, FailReason.Timeout, AttemptOutcome.TimedOut, Error(attempt, "timeout",
                    $"The attempt ran longer than its time-out of {attempt.Settings.Timeout}."), now, random);
            default:
                return Failed(attempt, FailReason.Error, AttemptOutcome.Failed,
                    Error(attempt, error.GetType().FullName!, error.Message, error.ToString()), now, random);
        }

        Finished Released(string why) => End(attempt, JobEvent.Rescue, AttemptOutcome.Released, now) with
        {
            Error = Error(attempt, "released", why),
        };
    }

    /// <summary>No handler has the kind, or the arguments do not fit it: no attempt can succeed until that
    /// changes.</summary>
    public static Finished Rejected(RunningAttempt attempt, string message, DateTimeOffset now) =>
        End(attempt, JobEvent.Exhaust, AttemptOutcome.Failed, now) with
        {
            Reason = FailReason.Rejected,
            Error = Error(attempt, "rejected", message),
        };

    /// <summary>A job that was claimed and never started goes back as it was.</summary>
    public static Finished Unstarted(Claimed job, DateTimeOffset now) => new()
    {
        Job = job,
        Event = JobEvent.Rescue,
        Outcome = AttemptOutcome.Released, // without error and log: nothing ran, so no attempt is noted
        StartedAt = now,
        EndedAt = now,
    };

    private static Finished Failed(RunningAttempt attempt, FailReason reason, AttemptOutcome outcome,
        AttemptError error, DateTimeOffset now, double random)
    {
        if (attempt.Attempt >= attempt.MaxAttempts)
            return End(attempt, JobEvent.Exhaust, outcome, now) with { Reason = reason, Error = error };
        var wait = (attempt.Settings.Backoff ?? Backoff.Default).After(attempt.Attempt, random);
        return End(attempt, JobEvent.Fail, outcome, now) with { Reason = reason, Error = error, DueAt = now + wait };
    }

    private static Finished End(
        RunningAttempt attempt, JobEvent what, AttemptOutcome outcome, DateTimeOffset now) =>
        new()
        {
            Job = attempt.Job,
            Event = what,
            Outcome = outcome,
            StartedAt = attempt.StartedAt,
            EndedAt = now,
            HasLog = attempt.HasLog,
        };

    private static AttemptError Error(RunningAttempt attempt, string type, string message, string? stack = null) => new(
        type, Cut(attempt.Mask(message), MessageCharactersMax),
        stack is null ? null : Cut(attempt.Mask(stack), StackCharactersMax));

    private static string Cut(string text, int max) =>
        text.Length <= max ? text : string.Concat(text.AsSpan(0, max), "…");
}
