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

    /// <returns>A sentence for each target that was missed.</returns>
    public static List<string> Missed(Samples samples) =>
        [.. Ratios
            .Select(target => (target, Ratio: samples.Ratio(target.Name, target.To)))
            .Where(found => found.Ratio < found.target.Least)
            .Select(found => $"{found.target.Name} is {found.Ratio:0.00} x {found.target.To}; "
                + $"at least {found.target.Least:0.##} is asked for.")];
}
