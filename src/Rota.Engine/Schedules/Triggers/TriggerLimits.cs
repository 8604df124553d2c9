using System.Globalization;

namespace Rota.Schedules;

/// <summary>What bounds a trigger: when it begins and ends, how often it runs, when it does not, and how exactly.
/// </summary>
public sealed record TriggerLimits
{
    /// <summary>No bounds at all.</summary>
    public static readonly TriggerLimits None = new();

    public const int MaxMax = 10_000;
    public const int ExceptMax = 1_000;
    public static readonly TimeSpan JitterMax = TimeSpan.FromDays(1);

    // More runs in a row than this are not left out: a trigger whose every run is excluded must come to an end.
    private const int LeftOutMax = 100_000;

    // Exceptions that a description names.
    private const int Shown = 3;

    /// <summary>The first instant at which it may run. Default: any.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>The last instant at which it may run. Default: any.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>Runs from <see cref="Start"/> on, which must be given, 1 to 10,000; those of a pause count too.
    /// Default: any number.</summary>
    public int? Max { get; init; }

    /// <summary>When it does not run, at most 1,000.</summary>
    public IReadOnlyList<Exclusion> Except { get; init; } = [];

    /// <summary>Each job starts up to this much later, at random, up to a day. Default: 0.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>The first run after an instant that the limits leave.</summary>
    internal DateTimeOffset? Next(Trigger trigger, DateTimeOffset after)
    {
        if (Start is { } start && after < start)
            after = start == DateTimeOffset.MinValue ? start : start.AddTicks(-1);
        for (var leftOut = 0; leftOut < LeftOutMax; leftOut++)
        {
            if (trigger.FindNext(after) is not { } next || next > End)
                return null;
            if (ExcludedUntil(next) is not { } until)
                return next;
            after = until;
        }
        return null;
    }

    /// <summary>The last instant of the exclusion that an instant falls into, or null.</summary>
    private DateTimeOffset? ExcludedUntil(DateTimeOffset instant)
    {
        foreach (var exclusion in Except)
        {
            if (exclusion.Until(instant) is { } until)
                return until;
        }
        return null;
    }

    /// <summary>Turns the number of runs into their end.</summary>
    /// <exception cref="InvalidFieldException"><c>start</c> or <c>max</c>.</exception>
    internal TriggerLimits Settle(Trigger trigger)
    {
        if (Start is not { } start)
            throw new InvalidFieldException("start", "A trigger with 'max' has no 'start'.",
                "Write the instant from which on its runs are counted.");
        var last = start.AddTicks(-1);
        for (var run = 0; run < Max; run++)
        {
            if (Next(trigger, last) is not { } next)
                break; // it ends before
            last = next;
        }
        return this with { End = End < last ? End : last };
    }

    internal string Describe()
    {
        var text = "";
        if (Start is { } start)
            text += $", from {Trigger.Show(start)} on";
        if (Max is { } max)
            text += string.Create(CultureInfo.InvariantCulture, $", {max:N0} times");
        if (End is { } end)
            text += $", until {Trigger.Show(end)}";
        if (Except.Count > 0)
        {
            var more = Except.Count > Shown ? $" and {Except.Count - Shown} more" : "";
            text += $", except {string.Join(", ", Except.Take(Shown))}{more}";
        }
        return Jitter > TimeSpan.Zero ? $"{text}, up to {Durations.Format(Jitter)} later" : text;
    }

    public bool Equals(TriggerLimits? other) => other is not null && Start == other.Start && End == other.End
        && Max == other.Max && Jitter == other.Jitter && Except.SequenceEqual(other.Except);

    public override int GetHashCode() => HashCode.Combine(Start, End, Max, Jitter, Except.Count);
}
