namespace Rota.Bench;

/// <summary>What the engine must reach. Ratios decide on a noisy machine, so only they are checked.</summary>
internal static class Targets
{
    public static readonly IReadOnlyList<(string Name, string To, double Least)> Ratios =
    [
        ("enqueue_1", "insert_1", 0.8),
        ("enqueue_64", "insert_1", 15),
        ("drain", "claim_complete_100", 0.4),
        ("drain_1m", "drain_10k", 0.9),
    ];

    // An acknowledged call does all that a raw insert does. Beyond some noise, a ratio over 1 says that the limit was
    // disturbed, and then no ratio to it proves anything.
    private const double PlausibleMost = 1.1;

    /// <returns>A sentence for each target that was missed or could not be judged.</returns>
    public static List<string> Missed(Samples samples) =>
        [.. Disturbed(samples), .. Ratios
            .Select(target => (target, Ratio: samples.Ratio(target.Name, target.To)))
            .Where(found => found.Ratio < found.target.Least)
            .Select(found => $"{found.target.Name} is {found.Ratio:0.00} x {found.target.To}; "
                + $"at least {found.target.Least:0.##} is asked for.")];

    private static IEnumerable<string> Disturbed(Samples samples)
    {
        var ratio = samples.Ratio("enqueue_1", "insert_1");
        if (ratio > PlausibleMost)
            yield return $"enqueue_1 is {ratio:0.00} x insert_1, which cannot be: insert_1 was disturbed, so that "
                + "neither enqueue_1 nor enqueue_64 can be judged. Repeat it when the machine is quiet.";
    }
}
