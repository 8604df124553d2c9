namespace Rota.Bench;

/// <summary>Whether the engine reached what it must.</summary>
internal static class Targets
{
    // An acknowledged call does all that a raw insert does. Beyond some noise, a ratio over 1 says that the limit was
    // disturbed, and then no ratio to it proves anything.
    private const double PlausibleMost = 1.1;

    /// <returns>A sentence for each target that was missed or could not be judged.</returns>
    public static List<string> Missed(Figures figures, Samples samples) =>
        [.. Disturbed(samples), .. figures.Ratios
            .Select(target => (target, Ratio: samples.Ratio(target.Name, target.To)))
            .Where(found => found.Ratio < found.target.Least)
            .Select(found => $"{found.target.Name} is {found.Ratio:0.00} x {found.target.To}; "
                + $"at least {found.target.Least:0.##} is asked for.")];

    private static IEnumerable<string> Disturbed(Samples samples)
    {
        var ratio = samples.Ratio("enqueue_1", "insert_1");
        if (ratio > PlausibleMost)
            yield return $"enqueue_1 is {ratio:0.00} x insert_1, which cannot be: insert_1 was disturbed, so that "
                + "no ratio to it can be judged. Repeat it when the machine is quiet.";
    }
}
