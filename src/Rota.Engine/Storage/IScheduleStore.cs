using Rota.Jobs;
using Rota.Schedules;

namespace Rota.Storage;

/// <summary>Keeps schedules and their occurrences: every method is one transaction, durable when it returns.</summary>
/// <remarks>Made for Rota's own stores and free to change. Instants are kept in whole microseconds.</remarks>
public interface IScheduleStore
{
    /// <summary>Schedules by name.</summary>
    /// <param name="limit">1 to 10,000.</param>
    Task<IReadOnlyList<Schedule>> ListAsync(int limit, CancellationToken stop);

    /// <summary>One schedule, or null.</summary>
    Task<Schedule?> FindAsync(string name, CancellationToken stop);

    /// <summary>Makes a schedule or replaces its rule.</summary>
    /// <remarks>While it is not paused and the trigger stays the same, its next due time stays too, so that no
    /// occurrence is lost or doubled by an edit. A paused schedule has no next due time.</remarks>
    Task<ScheduleStored> PutAsync(SchedulePut put, DateTimeOffset now, CancellationToken stop);

    /// <summary>Removes a schedule with its occurrences and secrets. Its jobs stay.</summary>
    /// <returns>False when there was none.</returns>
    Task<bool> RemoveAsync(string name, CancellationToken stop);

    /// <summary>Pauses a schedule: it has no next due time until it is resumed.</summary>
    /// <returns>False when it is not there or is paused already.</returns>
    Task<bool> PauseAsync(string name, DateTimeOffset now, CancellationToken stop);

    /// <summary>Lets a paused schedule go on.</summary>
    /// <param name="version">The version that <paramref name="nextDue"/> was computed from.</param>
    /// <returns>False when it is not there, is not paused, or was changed since that version.</returns>
    Task<bool> ResumeAsync(
        string name, long version, DateTimeOffset? nextDue, DateTimeOffset now, CancellationToken stop);

    /// <summary>Schedules that are due and not paused, broken ones included, by next due time and name.</summary>
    /// <param name="after">The last one of the page before; null for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    Task<IReadOnlyList<Schedule>> DueAsync(DateTimeOffset now, Schedule? after, int limit, CancellationToken stop);

    /// <summary>The earliest next due time after <paramref name="now"/>, or null.</summary>
    Task<DateTimeOffset?> NextDueAsync(DateTimeOffset now, CancellationToken stop);

    /// <summary>Writes occurrences, inserts their jobs and moves the schedule on: all or nothing.</summary>
    /// <remarks>A due time that has a row already keeps it and enqueues nothing. Old occurrences are dropped: those of
    /// over 31 days, except the newest 100.</remarks>
    /// <returns>How many jobs are new; null when the schedule was changed, paused, removed or fired by another since it
    /// was read: then nothing was written.</returns>
    Task<int?> FireAsync(ScheduleFire fire, DateTimeOffset now, CancellationToken stop);

    /// <summary>Occurrences of a schedule, newest due first; empty when there is no such schedule.</summary>
    /// <param name="limit">1 to 1,000.</param>
    Task<IReadOnlyList<Occurrence>> OccurrencesAsync(string name, int limit, CancellationToken stop);
}

/// <summary>A checked rule to store.</summary>
public sealed record SchedulePut
{
    public required string Name { get; init; }
    public required string Project { get; init; }
    public required Trigger Trigger { get; init; }
    public required string Kind { get; init; }
    public required ReadOnlyMemory<byte> Args { get; init; }
    public JobOptions Options { get; init; } = new();
    public Misfire Misfire { get; init; } = Misfire.RunOnce;

    /// <summary>Null: as it is; a new schedule is not paused.</summary>
    public bool? IsPaused { get; init; }

    /// <summary>The due time where the schedule is new, its trigger changes, or it is resumed by this put.</summary>
    public required DateTimeOffset? NextDue { get; init; }

    /// <summary>True: <see cref="SecretToken"/> takes the place of what is stored. False: that stays.</summary>
    public bool SetsSecrets { get; init; }

    /// <summary>A Fernet token, or null for no secrets.</summary>
    public string? SecretToken { get; init; }
}

/// <summary>A schedule as it stands after a put.</summary>
public readonly record struct ScheduleStored(Schedule Schedule, bool IsNew);

/// <summary>What one pass of the scheduler does with one schedule.</summary>
/// <param name="Schedule">As it was read: its name, version and next due time must still hold.</param>
/// <param name="Occurrences">Oldest first.</param>
/// <param name="NextDue">In whole microseconds; null when there is no further occurrence.</param>
public sealed record ScheduleFire(Schedule Schedule, IReadOnlyList<DueOccurrence> Occurrences,
    DateTimeOffset? NextDue, DateTimeOffset LastDue);

/// <param name="Job">To be inserted; null when this occurrence enqueues none.</param>
public readonly record struct DueOccurrence(DateTimeOffset DueAt, OccurrenceOutcome Outcome, NewJob? Job);
