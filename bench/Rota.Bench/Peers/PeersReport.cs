namespace Rota.Bench;

/// <summary>The result, as one JSON object or as a table for each metric.</summary>
internal static class PeersReport
{
    public static string ToJson(IEnumerable<PeerPairs> pairs, IEnumerable<string> failures) => BenchJson.Of(new
    {
        Pairs = pairs.Select(pair => new
        {
            Metric = pair.Metric.Name,
            pair.Metric.Unit,
            Peer = pair.Peer.Name,
            pair.Peer.IsDurable,
            Theirs = Math.Round(pair.Theirs, 3),
            Rota = Math.Round(pair.Ours, 3),
            Ratio = Math.Round(pair.Ratio, 3),
            RatioLeast = Math.Round(pair.RatioLeast, 3),
            RatioMost = Math.Round(pair.RatioMost, 3),
            pair.Count,
            pair.Disturbed,
            pair.IsDoubtful,
            Goal = pair.Metric.IsAsked(pair.Peer) ? pair.Metric.Goal : null,
        }),
        Failures = failures,
    });

    public static string ToTable(IEnumerable<PeerPairs> pairs) => string.Join('\n', pairs
        .GroupBy(pair => pair.Metric)
        .SelectMany(group => group.Select(ToLine).Prepend(Header(group.Key)).Prepend(""))
        .Append("").Append("Medians; the ratio is Rota's to the peer's (least to most, pairs). * may lose what it "
            + "acknowledged. ~ every pair was disturbed by other programs."));

    /// <returns>A sentence for each goal that was missed or could not be judged.</returns>
    public static IEnumerable<string> Missed(IEnumerable<PeerPairs> pairs) => pairs
        .Where(pair => pair.Metric.IsAsked(pair.Peer))
        .Where(pair => pair.IsDoubtful || !pair.Metric.IsMet(pair.Ratio))
        .Select(pair => pair.IsDoubtful
            ? $"{pair.Metric.Name} beside {pair.Peer.Name} cannot be judged: every pair was disturbed."
            : $"{pair.Metric.Name} is {pair.Ratio:0.00} x that of {pair.Peer.Name}; {Goal(pair.Metric)} is asked for.");

    private static string Header(PeerMetric metric) =>
        $"{$"{metric.Name}, {metric.Unit}",-30}{"peer",12}{"rota",12}{"ratio",9}"
        + (metric.Goal is null ? "" : $"   goal: {Goal(metric)}{(metric.Against is { } name ? $" of {name}" : "")}");

    private static string ToLine(PeerPairs pair) =>
        $"  {pair.Peer.Name + (pair.Peer.IsDurable ? "" : " *"),-28}{Figure(pair.Theirs),12}{Figure(pair.Ours),12}"
        + $"{(pair.IsDoubtful ? "~" : "") + pair.Ratio.ToString("0.00"),9}"
        + $"   ({pair.RatioLeast:0.00} to {pair.RatioMost:0.00}, {pair.Count})";

    private static string Goal(PeerMetric metric) => $"{(metric.IsLeast ? "at least" : "at most")} {metric.Goal:0.##}";

    private static string Figure(double value) => value.ToString(value < 100 ? "N2" : "N0");
}
