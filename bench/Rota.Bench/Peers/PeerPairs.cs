namespace Rota.Bench;

/// <summary>One metric of one peer beside Rota's, over all pairs.</summary>
internal sealed class PeerPairs(Peer peer, PeerMetric metric)
{
    private readonly List<(double Theirs, double Ours, bool IsDisturbed)> _pairs = [];

    public Peer Peer => peer;

    public PeerMetric Metric => metric;

    /// <summary>Pairs in which others used the machine; they count only where no other is left.</summary>
    public int Disturbed => _pairs.Count(pair => pair.IsDisturbed);

    /// <summary>No pair was measured on a quiet machine: the figures show only that the bench works.</summary>
    public bool IsDoubtful => Disturbed == _pairs.Count;

    public int Count => Counted.Count;

    public double Theirs => Median(Counted.Select(pair => pair.Theirs));

    public double Ours => Median(Counted.Select(pair => pair.Ours));

    /// <summary>The median of the ratios within each pair: noise of the machine meets both sides.</summary>
    public double Ratio => Median(Ratios);

    public double RatioLeast => Ratios.Min();

    public double RatioMost => Ratios.Max();

    private IEnumerable<double> Ratios => Counted.Select(pair => pair.Ours / pair.Theirs);

    private List<(double Theirs, double Ours, bool IsDisturbed)> Counted =>
        IsDoubtful ? _pairs : [.. _pairs.Where(pair => !pair.IsDisturbed)];

    public void Add(double theirs, double ours, bool isDisturbed) => _pairs.Add((theirs, ours, isDisturbed));

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
