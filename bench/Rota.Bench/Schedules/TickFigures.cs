namespace Rota.Bench;

/// <summary>What came of the due times between two instants.</summary>
/// <param name="StartErrorP50Ms">From the due time to the first line of the handler.</param>
/// <param name="Lost">Due times that did not run.</param>
/// <param name="Doubled">Runs too many.</param>
internal sealed record TickFigures(
    int Runs, double StartErrorP50Ms, double StartErrorP99Ms, int Lost, int Doubled)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static TickFigures Of(
        EverySecond schedules, IEnumerable<TickRun> runs, DateTimeOffset from, DateTimeOffset to)
    {
        // Not every system keeps microseconds: a run is of the due time that is nearest.
        var counts = new Dictionary<(int Number, DateTimeOffset Due), int>();
        var errors = new List<double>();
        foreach (var run in runs)
        {
            var first = schedules.First(run.Number);
            var due = first + Second * Math.Round((run.Due - first) / Second);
            if (due <= from || due > to)
                continue;
            counts[(run.Number, due)] = counts.GetValueOrDefault((run.Number, due)) + 1;
            errors.Add((run.Started - due).TotalMilliseconds);
        }
        errors.Sort();
        var expected = Enumerable.Range(0, schedules.Count)
            .Sum(number => schedules.Due(number, to).Count(due => due > from));
        return new TickFigures(errors.Count, At(errors, 0.5), At(errors, 0.99),
            expected - counts.Count, errors.Count - counts.Count);
    }

    private static double At(List<double> sorted, double rank) =>
        sorted.Count == 0 ? double.NaN : sorted[(int)Math.Min(sorted.Count - 1, rank * sorted.Count)];
}
