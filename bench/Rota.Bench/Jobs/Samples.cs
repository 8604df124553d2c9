namespace Rota.Bench;

/// <summary>The values that the rounds gave, by the name of the measurement.</summary>
internal sealed class Samples
{
    private readonly Dictionary<string, List<double>> _values = [];

    public void Add(string name, double value) => AddAll(name, [value]);

    public void AddAll(string name, IEnumerable<double> values)
    {
        if (!_values.TryGetValue(name, out var list))
            _values.Add(name, list = []);
        list.AddRange(values);
    }

    public double Median(string name) => Percentile(name, 0.5);

    public double Percentile(string name, double rank)
    {
        var sorted = _values[name].Order().ToList();
        return sorted[(int)Math.Min(sorted.Count - 1, rank * sorted.Count)];
    }

    public (double Min, double Max) Range(string name) => (_values[name].Min(), _values[name].Max());

    /// <summary>The median of the ratios within each round: noise of the machine meets both sides.</summary>
    public double Ratio(string name, string to)
    {
        var ratios = _values[name].Zip(_values[to], (over, under) => over / under).Order().ToList();
        return ratios[ratios.Count / 2];
    }
}
