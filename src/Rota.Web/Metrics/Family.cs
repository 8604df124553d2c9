using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Rota.Web.Metrics;

/// <summary>One metric with all its series.</summary>
internal sealed class Family(string name, string type, string help, double[] bounds, bool isTotal)
{
    private const int SeriesMax = 2_000;

    // Seconds, from 1 ms to an hour: a job may be a lookup or a backup.
    private static readonly double[] Seconds =
        [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600];

    private static readonly double[] Others = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

    private readonly ConcurrentDictionary<string, Series> _series = [];

    public static Family Of(string name, Instrument instrument)
    {
        var shape = instrument.GetType().Name;
        var isHistogram = shape.StartsWith("Histogram", StringComparison.Ordinal);
        var isCounter = shape.StartsWith("Counter", StringComparison.Ordinal)
            || shape.StartsWith("ObservableCounter", StringComparison.Ordinal);
        // An observable instrument tells its total, and a gauge its value; the others tell what to add.
        var isTotal = shape.StartsWith("Observable", StringComparison.Ordinal)
            || shape.StartsWith("Gauge", StringComparison.Ordinal);
        return new Family(name, isHistogram ? "histogram" : isCounter ? "counter" : "gauge",
            instrument.Description ?? instrument.Name,
            !isHistogram ? [] : instrument.Unit == "s" ? Seconds : Others, isTotal);
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = PrometheusText.Labels(tags);
        if (!_series.TryGetValue(labels, out var series))
        {
            if (_series.Count >= SeriesMax)
                return;
            series = _series.GetOrAdd(labels, _ => new Series(bounds));
        }
        series.Record(value, isTotal);
    }

    public void Write(PrometheusText text)
    {
        if (_series.IsEmpty)
            return;
        text.Head(name, type, help);
        foreach (var (labels, series) in _series.OrderBy(one => one.Key, StringComparer.Ordinal))
            series.Write(text, name, labels);
    }
}

/// <summary>The figures of one set of labels.</summary>
internal sealed class Series(double[] bounds)
{
    private readonly Lock _lock = new();
    private readonly long[] _buckets = new long[bounds.Length];
    private long _count;
    private double _sum;

    public void Record(double value, bool isTotal)
    {
        lock (_lock)
        {
            _count++;
            _sum = isTotal ? value : _sum + value;
            var bucket = Array.FindIndex(bounds, bound => value <= bound);
            if (bucket >= 0)
                _buckets[bucket]++;
        }
    }

    public void Write(PrometheusText text, string name, string labels)
    {
        lock (_lock)
        {
            if (bounds.Length == 0)
            {
                text.Sample(name, labels, _sum);
                return;
            }
            var below = 0L;
            for (var at = 0; at < bounds.Length; at++)
                text.Sample($"{name}_bucket", PrometheusText.With(labels, "le", bounds[at]), below += _buckets[at]);
            text.Sample($"{name}_bucket", PrometheusText.With(labels, "le", double.PositiveInfinity), _count);
            text.Sample($"{name}_sum", labels, _sum);
            text.Sample($"{name}_count", labels, _count);
        }
    }
}
