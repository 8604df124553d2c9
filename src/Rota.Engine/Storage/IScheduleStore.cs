using Rota.Jobs;
using Rota.Schedules;

namespace Rota.Storage;

/// <summary>Keeps schedules and their occurrences: every method is one transaction, durable when it returns.</summary>
/// <remarks>Made for Rota's own stores and free to change. Instants are kept in whole microseconds.</remarks>
public interface IScheduleStore
{
    /// <summary>Schedules by name.</summary>
    /// <param name="after">Only those with a greater name; null for the first page.</param>
    /// <param name="limit">1 to 10,000.</param>
    Task<IReadOnlyList<Schedule>> ListAsync(string? after, int limit, CancellationToken stop);

    /// <summary>One schedule, or null.</summary>
    Task<Schedule?> FindAsync(string name, CancellationToken stop);

    /// <summary>Makes a schedule or replaces its rule, and notes the version.</summary>
    /// <remarks>While it is not paused and the trigger stays the same, its next due time stays too, so that no
    /// occurrence is lost or doubled by an edit. A paused schedule has no next due time. Where nothing would change
    /// nothing is written.</remarks>
    Task<ScheduleStored> PutAsync(SchedulePut put, DateTimeOffset now, CancellationToken stop);

    /// <summary>Removes a schedule with its occurrences and secrets. Its jobs and versions stay.</summary>
    /// <returns>The outcome is <see cref="PutOutcome.Changed"/> or <see cref="PutOutcome.Owned"/>; null when there was
    /// none.</returns>
    Task<ScheduleStored?> RemoveAsync(ScheduleRemove remove, DateTimeOffset now, CancellationToken stop);

    /// <summary>Pauses a schedule: it has no next due time until it is resumed.</summary>
    /// <returns>False when it is not there or is paused already.</returns>
    Task<bool> PauseAsync(string name, string actor, DateTimeOffset now, CancellationToken stop);

    /// <summary>Lets a paused schedule go on.</summary>
    /// <param name="version">The version that <paramref name="nextDue"/> was computed from.</param>
    /// <returns>False when it is not there, is not paused, or was changed since that version.</returns>
    Task<bool> ResumeAsync(string name, long version, DateTimeOffset? nextDue, string actor, DateTimeOffset now,
        CancellationToken stop);

    /// <summary>What was done to a schedule, newest first, also when it was removed since.</summary>
    /// <remarks>The newest 100 of each name are kept; of a removed schedule for 90 days.</remarks>
    /// <param name="limit">1 to 100.</param>
    Task<IReadOnlyList<ScheduleVersion>> VersionsAsync(string name, int limit, CancellationToken stop);

    /// <summary>The schedules of these names, in any order; those that are not there are left out.</summary>
    /// <param name="names">At most 1,000.</param>
    Task<IReadOnlyList<Schedule>> FindAsync(IReadOnlyList<string> names, CancellationToken stop);

    /// <summary>The next due times up to an instant, in an order of the store's own, which is roughly that of time.
    /// </summary>
    /// <param name="after">The last one of the page before; null for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    Task<IReadOnlyList<DueTime>> DueAsync(DateTimeOffset until, DueTime? after, int limit, CancellationToken stop);

    /// <summary>Writes occurrences of different schedules, inserts their jobs and moves the schedules on: of each
    /// schedule all or nothing, and mostly of all of them.</summary>
    /// <remarks>A due time that has a row already keeps it and enqueues nothing.</remarks>
    /// <returns>By fire, what became of it; null when its schedule was changed, paused, removed or fired by another
    /// since it was read: then nothing was written of it.</returns>
    Task<IReadOnlyList<Fired?>> FireAsync(
        IReadOnlyList<ScheduleFire> fires, DateTimeOffset now, CancellationToken stop);

    /// <summary>Enqueues jobs for due times of the past that have none: they have no row, or were missed, coalesced or
    /// skipped.</summary>
    /// <remarks>Where only so many jobs may run, each waits for its turn.</remarks>
    /// <param name="occurrences">At most 1,000, oldest first.</param>
    /// <returns>What became of those that were decided now.</returns>
    Task<IReadOnlyList<Occurrence>> BackfillAsync(
        Schedule schedule, IReadOnlyList<DueOccurrence> occurrences, DateTimeOffset now, CancellationToken stop);

    /// <summary>Occurrences of a schedule, newest due first; empty when there is no such schedule.</summary>
    /// <param name="before">Only those due before; null for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    Task<IReadOnlyList<Occurrence>> OccurrencesAsync(
        string name, DateTimeOffset? before, int limit, CancellationToken stop);

    /// <summary>The newest occurrences of each of these schedules, newest due first.</summary>
    /// <param name="names">At most 1,000.</param>
    /// <param name="limit">Of each. 1 to 100.</param>
    Task<ILookup<string, Occurrence>> LatestAsync(IReadOnlyList<string> names, int limit, CancellationToken stop);

    /// <summary>Drops what is over 31 days old, but for the newest 100 of each schedule, and all but the newest 10,000.
    /// </summary>
    /// <param name="names">Of these schedules.</param>
    Task DropOldAsync(IReadOnlyList<string> names, DateTimeOffset now, CancellationToken stop);
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
    public RunPolicy Policy { get; init; } = new();

    /// <summary>Null: as it is; a new schedule is not paused.</summary>
    public bool? IsPaused { get; init; }

    public string? Owner { get; init; }
    public NameConflict OnConflict { get; init; }
    public long? IfVersion { get; init; }
    public bool TakesOver { get; init; }

    /// <summary>Who puts it.</summary>
    public required string Actor { get; init; }

    /// <summary>The due time where the schedule is new, its trigger changes, or it is resumed by this put.</summary>
    public required DateTimeOffset? NextDue { get; init; }

    /// <summary>True: <see cref="SecretToken"/> takes the place of what is stored. False: that stays.</summary>
    public bool SetsSecrets { get; init; }

    /// <summary>A Fernet token, or null for no secrets.</summary>
    public string? SecretToken { get; init; }

    public bool IsPausedAfter(Schedule? old) => IsPaused ?? old?.IsPaused ?? false;

    /// <summary>The next due time once it is put.</summary>
    /// <param name="old">As for <see cref="Judge"/>.</param>
    public DateTimeOffset? NextDueAfter(Schedule? old) => IsPausedAfter(old) ? null
        : old is { IsPaused: false } && old.TriggerText == TriggerJson.Write(Trigger) ? old.NextDue
        : NextDue;

    /// <summary>What the put comes to without a write; null when it is to be written.</summary>
    /// <param name="old">The schedule of that name as it stands, or null.</param>
    public PutOutcome? Judge(Schedule? old)
    {
        if (IfVersion is not null && IfVersion != old?.Version)
            return PutOutcome.Stale;
        if (old is null)
            return null;
        return OnConflict switch
        {
            NameConflict.Fail => PutOutcome.Exists,
            NameConflict.Keep => PutOutcome.Unchanged,
            _ when ScheduleRule.IsSame(old, this) => PutOutcome.Unchanged,
            _ when old.Owner is not null && old.Owner != Owner && !TakesOver => PutOutcome.Owned,
            _ => null,
        };
    }
}

/// <summary>What a put came to.</summary>
public enum PutOutcome
{
    Made,
    Changed,

    /// <summary>Nothing would have changed, or an existing one was to be kept.</summary>
    Unchanged,

    /// <summary>Refused: there is one of that name.</summary>
    Exists,

    /// <summary>Refused: it is another version by now, or is not there.</summary>
    Stale,

    /// <summary>Refused: it is defined elsewhere.</summary>
    Owned,
}

/// <summary>A schedule as it stands after a put or a removal, or as it was before the removal.</summary>
/// <param name="Schedule">Null where <paramref name="Outcome"/> is stale and there is none.</param>
public readonly record struct ScheduleStored(Schedule? Schedule, PutOutcome Outcome);

/// <summary>What is to be removed.</summary>
/// <param name="Owner">Who asks; see <see cref="Schedule.Owner"/>.</param>
/// <param name="TakesOver">True: whoever owns it.</param>
public sealed record ScheduleRemove(string Name, string? Owner, bool TakesOver, string Actor)
{
    public bool May(Schedule old) => old.Owner is null || old.Owner == Owner || TakesOver;
}

/// <summary>When a schedule is due next.</summary>
/// <param name="Version">Of the schedule, which <paramref name="At"/> follows from.</param>
public readonly record struct DueTime(string Name, long Version, DateTimeOffset At);

/// <summary>What one pass of the scheduler does with one schedule.</summary>
/// <param name="Schedule">As it was read: its name, version and next due time must still hold.</param>
/// <param name="Occurrences">Oldest first.</param>
/// <param name="NextDue">In whole microseconds; null when there is no further occurrence.</param>
public sealed record ScheduleFire(Schedule Schedule, IReadOnlyList<DueOccurrence> Occurrences,
    DateTimeOffset? NextDue, DateTimeOffset LastDue)
{
    /// <summary>Missed or coalesced occurrences that become no row.</summary>
    public int Unrecorded { get; init; }
}

/// <param name="Job">To be inserted; null when this occurrence enqueues none.</param>
public readonly record struct DueOccurrence(DateTimeOffset DueAt, OccurrenceOutcome Outcome, NewJob? Job);

/// <summary>What was written of a fire.</summary>
/// <param name="Occurrences">Those that are there for the first time, oldest first.</param>
public sealed record Fired(IReadOnlyList<Occurrence> Occurrences)
{
    /// <summary>Occurrences that enqueued a job.</summary>
    public int Jobs => Occurrences.Count(one => one.Outcome == OccurrenceOutcome.Enqueued);
}
