namespace Rota.Schedules;

/// <summary>One due time and what is to become of it.</summary>
public readonly record struct PlannedOccurrence(DateTimeOffset DueAt, OccurrenceOutcome Outcome);

/// <summary>What one pass does with the occurrences that are due. Pure.</summary>
/// <remarks>
/// Due within the grace is on time and enqueues. What is older was missed, and the policy decides. A pass is bounded:
/// where more is due it stops half-way, its <see cref="NextDue"/> is due already, and the next pass goes on there. Of a
/// long outage only the last <see cref="RowsMax"/> occurrences become rows; the others are counted.
/// </remarks>
internal sealed record OccurrencePlan
{
    /// <summary>Rows of one pass at most, and so jobs of one pass.</summary>
    public const int RowsMax = 1_000;

    /// <summary>Occurrences of one pass at most that enqueue nothing, rows or not; some milliseconds of computing.
    /// </summary>
    public const int StepsMax = 100_000;

    /// <summary>Oldest first.</summary>
    public required IReadOnlyList<PlannedOccurrence> Occurrences { get; init; }

    /// <summary>Where the schedule goes on, perhaps due already; null when there is no further occurrence.</summary>
    public required DateTimeOffset? NextDue { get; init; }

    /// <summary>The last occurrence of this pass.</summary>
    public required DateTimeOffset LastDue { get; init; }

    /// <summary>Missed or coalesced occurrences that become no row.</summary>
    public int Unrecorded { get; init; }

    /// <param name="due">The first occurrence, at or before <paramref name="now"/>.</param>
    public static OccurrencePlan Make(Trigger trigger, RunPolicy policy, DateTimeOffset due, DateTimeOffset now)
    {
        // What is due before this is not enqueued one by one.
        var each = policy.Coalesce ? now.AddTicks(1)
            : policy.Misfire != Misfire.RunAll ? now - policy.MisfireGrace
            : policy.CatchUpWindow is { } window ? now - window
            : due;
        return due < each ? Skim(trigger, policy, due, each, now) : Enqueue(trigger, [], due, due, now);
    }

    /// <summary>The first occurrence after an instant, in the whole microseconds that stores keep.</summary>
    /// <remarks>Rounded up, so that the occurrence after it is a later one.</remarks>
    public static DateTimeOffset? Next(Trigger trigger, DateTimeOffset after)
    {
        if (trigger.Next(after) is not { } next)
            return null;
        var over = next.UtcTicks % TimeSpan.TicksPerMicrosecond;
        if (over == 0)
            return next;
        return next > DateTimeOffset.MaxValue.AddTicks(-TimeSpan.TicksPerMicrosecond)
            ? null
            : next.AddTicks(TimeSpan.TicksPerMicrosecond - over);
    }

    private static OccurrencePlan Skim(
        Trigger trigger, RunPolicy policy, DateTimeOffset due, DateTimeOffset until, DateTimeOffset now)
    {
        var recent = new Queue<DateTimeOffset>();
        DateTimeOffset? next = due;
        DateTimeOffset last = due;
        var steps = 0;
        for (; next < until && steps < StepsMax; steps++)
        {
            if (recent.Count == RowsMax)
                recent.Dequeue();
            recent.Enqueue(last = next.Value);
            next = Next(trigger, last);
        }
        if (next < until) // others will come that are younger: those become the rows
            return new OccurrencePlan { Occurrences = [], NextDue = next, LastDue = last, Unrecorded = steps };

        var runs = policy.Misfire != Misfire.Skip && !IsTooOld(last) || last >= now - policy.MisfireGrace;
        var isMadeUpFor = runs && policy.Misfire != Misfire.RunAll;
        var rows = recent.Select(at => new PlannedOccurrence(at,
            isMadeUpFor && (policy.Coalesce || !IsTooOld(at)) ? OccurrenceOutcome.Coalesced
                : OccurrenceOutcome.Missed)).ToList();
        if (isMadeUpFor)
            rows[^1] = rows[^1] with { Outcome = OccurrenceOutcome.Enqueued };
        return Enqueue(trigger, rows, next, last, now) with { Unrecorded = steps - recent.Count };

        bool IsTooOld(DateTimeOffset at) => at < now - policy.CatchUpWindow;
    }

    private static OccurrencePlan Enqueue(Trigger trigger, List<PlannedOccurrence> rows,
        DateTimeOffset? next, DateTimeOffset last, DateTimeOffset now)
    {
        for (var count = 0; next <= now && count < RowsMax; count++)
        {
            rows.Add(new PlannedOccurrence(last = next.Value, OccurrenceOutcome.Enqueued));
            next = Next(trigger, last);
        }
        return new OccurrencePlan { Occurrences = rows, NextDue = next, LastDue = last };
    }
}
