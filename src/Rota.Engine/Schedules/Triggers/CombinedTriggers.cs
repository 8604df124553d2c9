namespace Rota.Schedules;

/// <summary>Runs whenever one of its parts does.</summary>
/// <param name="Parts">2 to 20.</param>
/// <exception cref="InvalidFieldException"><c>any</c>: too few or too many.</exception>
public sealed record AnyTrigger(IReadOnlyList<Trigger> Parts) : Trigger
{
    public IReadOnlyList<Trigger> Parts { get; } = Combined.Checked("any", Parts);

    internal override DateTimeOffset? FindNext(DateTimeOffset after) => Parts.Min(part => part.Next(after));

    private protected override string? FindNote(DateTimeOffset at, DateTimeOffset? before)
    {
        var notes = Parts.Where(part => part.Next(at.AddTicks(-1)) == at).Select(part => part.NoteOf(at, before));
        var told = notes.OfType<string>().Distinct().ToList();
        return told.Count == 0 ? null : string.Join("; ", told);
    }

    private protected override string DescribeTimes() => string.Join("; or ", Parts.Select(part => part.Describe()));

    public override string? ClockChanges => Combined.ClockChanges(Parts);

    private protected override Trigger SettleParts() =>
        new AnyTrigger([.. Parts.Select(part => part.Settle())]) { Limits = Limits };

    public bool Equals(AnyTrigger? other) => base.Equals(other) && Parts.SequenceEqual(other.Parts);

    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Parts.Count);
}

/// <summary>Runs when all of its parts do at the same instant.</summary>
/// <param name="Parts">2 to 20.</param>
/// <remarks>Parts that have not met after ten thousand looks are taken to meet never.</remarks>
/// <exception cref="InvalidFieldException"><c>all</c>: too few or too many.</exception>
public sealed record AllTrigger(IReadOnlyList<Trigger> Parts) : Trigger
{
    private const int LooksMax = 10_000;

    public IReadOnlyList<Trigger> Parts { get; } = Combined.Checked("all", Parts);

    internal override DateTimeOffset? FindNext(DateTimeOffset after)
    {
        for (var look = 0; look < LooksMax; look++)
        {
            DateTimeOffset? first = null, last = null;
            foreach (var part in Parts)
            {
                if (part.Next(after) is not { } next)
                    return null;
                first = first < next ? first : next;
                last = last > next ? last : next;
            }
            if (first == last)
                return last;
            after = last!.Value.AddTicks(-1);
        }
        return null;
    }

    // Runs of a part before this one were none of the whole, and a part that runs once keeps back one that repeats.
    private protected override string? FindNote(DateTimeOffset at, DateTimeOffset? before) => Parts
        .OrderBy(part => part is CronTrigger { Cron.Masks.Repeats: true })
        .Select(part => part.NoteOf(at, before: null))
        .FirstOrDefault(note => note is not null);

    private protected override string DescribeTimes() => string.Join("; and ", Parts.Select(part => part.Describe()));

    public override string? ClockChanges => Combined.ClockChanges(Parts);

    private protected override Trigger SettleParts() =>
        new AllTrigger([.. Parts.Select(part => part.Settle())]) { Limits = Limits };

    public bool Equals(AllTrigger? other) => base.Equals(other) && Parts.SequenceEqual(other.Parts);

    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Parts.Count);
}

internal static class Combined
{
    private const int PartsMin = 2, PartsMax = 20;

    public static IReadOnlyList<Trigger> Checked(string field, IReadOnlyList<Trigger> parts) =>
        parts.Count is >= PartsMin and <= PartsMax
            ? parts
            : throw new InvalidFieldException(field, $"{parts.Count} triggers cannot be combined.",
                $"Write {PartsMin} to {PartsMax} triggers.");

    public static string? ClockChanges(IEnumerable<Trigger> parts)
    {
        var told = parts.Select(part => part.ClockChanges).Where(text => text is not null).Distinct().ToList();
        return told.Count == 0 ? null : string.Join(" Or, by part: ", told);
    }
}
