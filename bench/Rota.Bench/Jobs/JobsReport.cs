using System.Text.Json;

namespace Rota.Bench;

/// <summary>The result, as one JSON object or as a table.</summary>
internal static class JobsReport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static List<(string Name, double Value)> Latencies(Figures figures, Samples samples) =>
    [
        .. figures.Waits.Select(wait =>
            ($"{wait.Samples}_p{wait.Percentile}_ms", samples.Percentile(wait.Samples, wait.Percentile / 100.0))),
        ("rss_mb", samples.Median("rss_mb")),
        ("start_to_first_job_ms", samples.Median("start_to_first_job_ms")),
        ("plugin_reload_ms", samples.Median("plugin_reload_ms")),
    ];

    public static string ToJson(Figures figures, Samples samples)
    {
        var values = figures.Rates.ToDictionary(name => name, name => (object)Math.Round(samples.Median(name)));
        foreach (var (name, value) in Latencies(figures, samples))
            values.Add(name, Math.Round(value, 2));
        values.Add("limits", figures.Limits.ToDictionary(name => name, name => Math.Round(samples.Median(name))));
        return JsonSerializer.Serialize(values, Indented);
    }

    public static string ToTable(Figures figures, Samples samples)
    {
        var lines = new List<string> { "", "per second, median (lowest to highest round)" };
        foreach (var name in figures.Rates.Concat(figures.Limits))
        {
            var (min, max) = samples.Range(name);
            lines.Add($"  {name,-24} {samples.Median(name),12:N0}   ({min:N0} to {max:N0})");
        }
        lines.Add("latency, memory");
        lines.AddRange(Latencies(figures, samples).Select(found => $"  {found.Name,-24} {found.Value,12:N2}"));
        lines.Add("ratios, median of the rounds");
        foreach (var (name, to, least) in figures.Ratios)
            lines.Add($"  {name,-10} / {to,-18} {samples.Ratio(name, to),6:0.00}   (target {least:0.##})");
        return string.Join('\n', lines);
    }
}
