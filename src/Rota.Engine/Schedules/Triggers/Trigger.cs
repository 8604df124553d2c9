using System.Globalization;
using System.Text.Json.Serialization;

namespace Rota.Schedules;

/// <summary>When a schedule runs. Stored as the JSON that <see cref="TriggerJson"/> describes.</summary>
[JsonConverter(typeof(TriggerJsonConverter))]
public abstract record Trigger
{
    private protected Trigger() { }

    /// <summary>What bounds it. Default: nothing.</summary>
    public TriggerLimits Limits { get; init; } = TriggerLimits.None;

    /// <summary>The first run strictly after an instant, in UTC; null when there is none.</summary>
    public DateTimeOffset? Next(DateTimeOffset after) =>
        ReferenceEquals(Limits, TriggerLimits.None) ? FindNext(after) : Limits.Next(this, after);

    /// <summary>Plain English, for example <c>At 09:00, Monday to Friday (Europe/Berlin)</c>.</summary>
    public string Describe() => DescribeTimes() + Limits.Describe();

    /// <summary>What becomes of times that the clock of its zone skips or repeats, in plain English; null where it
    /// follows no such clock.</summary>
    public virtual string? ClockChanges => null;

    /// <summary>What a change of the clock does to a run, or does away with before it; null where it does nothing.
    /// </summary>
    /// <param name="before">The run before, or the instant after which runs are asked for; null to hear of this run
    /// alone.</param>
    internal string? NoteOf(DateTimeOffset at, DateTimeOffset? before) =>
        FindNote(at, before is { } since && FindNext(since) == at ? before : null); // limits leave out others between

    /// <summary>As <see cref="NoteOf"/>; there is no other run between the two.</summary>
    private protected virtual string? FindNote(DateTimeOffset at, DateTimeOffset? before) => null;

    private protected static string TellClockChanges(bool skips, bool repeats) =>
        $"What the clock skips {(skips ? "is left out" : "runs right after the gap")}, "
        + $"what it repeats runs {(repeats ? "both times" : "the first time")}.";

    /// <summary>The same trigger with everything that follows from its limits worked out. Who stores a trigger calls
    /// it; to call it again changes nothing.</summary>
    public Trigger Settle()
    {
        var trigger = SettleParts();
        return Limits.Max is null ? trigger : trigger with { Limits = Limits.Settle(trigger) };
    }

    private protected virtual Trigger SettleParts() => this;

    /// <summary>As <see cref="Next"/>, without the limits.</summary>
    internal abstract DateTimeOffset? FindNext(DateTimeOffset after);

    private protected abstract string DescribeTimes();

    internal static string Show(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";
}

/// <summary>Runs once.</summary>
/// <param name="At">The instant, past or future.</param>
public sealed record OnceTrigger(DateTimeOffset At) : Trigger
{
    internal override DateTimeOffset? FindNext(DateTimeOffset after) => At > after ? At.ToUniversalTime() : null;

    private protected override string DescribeTimes() => $"Once, at {Show(At)}";
}

/// <summary>Runs at the anchor and then in equal steps of real time, whatever the clocks do; never drifts.</summary>
/// <param name="Every">100 ms to 366 days.</param>
/// <param name="Anchor">The first run.</param>
/// <exception cref="InvalidFieldException"><c>every</c> is out of its range.</exception>
public sealed record IntervalTrigger(TimeSpan Every, DateTimeOffset Anchor) : Trigger
{
    public static readonly TimeSpan EveryMin = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan EveryMax = TimeSpan.FromDays(366);

    public TimeSpan Every { get; init => field = Checked(value); } = Checked(Every);

    /// <summary>The first of anchor + k * every (k from 0 on) after an instant; null past the year 9999.</summary>
    internal override DateTimeOffset? FindNext(DateTimeOffset after)
    {
        if (after < Anchor)
            return Anchor.ToUniversalTime();

        var elapsed = after.UtcTicks - Anchor.UtcTicks;
        var wait = Every.Ticks - elapsed % Every.Ticks;
        return wait > DateTimeOffset.MaxValue.UtcTicks - after.UtcTicks
            ? null
            : new DateTimeOffset(after.UtcTicks + wait, TimeSpan.Zero);
    }

    private protected override string DescribeTimes() => $"Every {Durations.Format(Every)} from {Show(Anchor)} on";

    private static TimeSpan Checked(TimeSpan every) => every >= EveryMin && every <= EveryMax
        ? every
        : throw new InvalidFieldException("every",
            $"The interval {every.ToString("c", CultureInfo.InvariantCulture)} is not from 100 ms to 366 days.",
            "Write for example 500ms, 90s, 5m, 1h30m, 2d or 1w.");
}

/// <summary>Runs when the clock of a zone matches a cron expression.</summary>
/// <param name="Cron">See <see cref="CronExpression.Next"/> for gaps and repeated hours.</param>
/// <param name="Zone">IANA name, such as <c>Europe/Berlin</c>.</param>
/// <exception cref="InvalidFieldException"><c>zone</c> is not known.</exception>
public sealed record CronTrigger(CronExpression Cron, string Zone) : Trigger
{
    private TimeZoneInfo _zone = TimeZones.Find(Zone);

    public string Zone
    {
        get;
        init => (field, _zone) = (value, TimeZones.Find(value));
    } = Zone;

    /// <summary>What becomes of a local time that the clock skips. Default: it runs right after the gap.</summary>
    public GapRule Gap { get; init; }

    internal override DateTimeOffset? FindNext(DateTimeOffset after) => Cron.Next(after, _zone, Gap);

    /// <summary>The next runs, in order, with a note where a change of the clock matters.</summary>
    /// <param name="count">At least 0.</param>
    public IReadOnlyList<CronRun> Upcoming(DateTimeOffset after, int count) => Cron.Upcoming(after, _zone, count, Gap);

    private protected override string? FindNote(DateTimeOffset at, DateTimeOffset? before) =>
        CronRuns.Note(Cron, at, before, _zone, Gap);

    public override string? ClockChanges => ReferenceEquals(_zone, TimeZoneInfo.Utc) ? null
        : TellClockChanges(skips: Gap == GapRule.Skip || Cron.Masks.EveryHour, repeats: Cron.Masks.Repeats);

    private protected override string DescribeTimes() => $"{Cron.Describe()} ({Zone})";

    public bool Equals(CronTrigger? other) =>
        base.Equals(other) && Cron.Equals(other.Cron) && Zone == other.Zone && Gap == other.Gap;

    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Cron, Zone, Gap);
}
