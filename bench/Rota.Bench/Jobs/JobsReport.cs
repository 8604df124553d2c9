using System.Text.Json;

namespace Rota.Bench;

/// <summary>The result, as one JSON object or as a table.</summary>
internal static class JobsReport
{
    private static readonly string[] Rates = ["enqueue_1", "enqueue_64", "bulk", "drain", "drain_10k", "drain_1m"];
    private static readonly string[] Limits = ["insert_1", "insert_100", "claim_complete_100"];
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static List<(string Name, double Value)> Latencies(Samples samples) =>
    [
        ("pickup_idle_p50_ms", samples.Percentile("pickup_idle", 0.5)),
        ("pickup_idle_p99_ms", samples.Percentile("pickup_idle", 0.99)),
        ("pickup_500_p99_ms", samples.Percentile("pickup_500", 0.99)),
        ("rss_mb", samples.Median("rss_mb")),
        ("start_to_first_job_ms", samples.Median("start_to_first_job_ms")),
        ("plugin_reload_ms", samples.Median("plugin_reload_ms")),
    ];

    public static string ToJson(Samples samples)
    {
        var values = Rates.ToDictionary(name => name, name => (object)Math.Round(samples.Median(name)));
        foreach (var (name, value) in Latencies(samples))
            values.Add(name, Math.Round(value, 2));
        values.Add("limits", Limits.ToDictionary(name => name, name => Math.Round(samples.Median(name))));
        return JsonSerializer.Serialize(values, Indented);
    }

    public static string ToTable(Samples samples)
    {
        var lines = new List<string> { "", "per second, median (lowest to highest round)" };
        foreach (var name in Rates.Concat(Limits))
        {
            var (min, max) = samples.Range(name);
            lines.Add($"  {name,-22} {samples.Median(name),12:N0}   ({min:N0} to {max:N0})");
        }
        lines.Add("latency, memory");
        lines.AddRange(Latencies(samples).Select(found => $"  {found.Name,-22} {found.Value,12:N2}"));
        lines.Add("ratios, median of the rounds");
        foreach (var (name, to, least) in Targets.Ratios)
            lines.Add($"  {name,-10} / {to,-18} {samples.Ratio(name, to),6:0.00}   (target {least:0.##})");
        return string.Join('\n', lines);
    }
}
