namespace Rota.Bench;

/// <summary>Both supervisors beside each other, and what is asked for.</summary>
internal sealed class SupervisorReport(Samples samples)
{
    // Most: an absolute bound. Ratio: of ours to theirs, at most; of what is better when it is more, at least.
    private static readonly (string Name, string Text, double? Most, double? Ratio, bool IsMore)[] Rows =
    [
        ("start_1000_s", "start of 1,000, s", null, 1.0 / 3, false),
        ("status_1000_ms", "status of 1,000, ms", 50, null, false),
        ("stop_1000_s", "stop of 1,000, s", 2, null, false),
        ("rss_idle_mb", "memory idle, MB", 60, null, false),
        ("rss_1000_mb", "memory with 1,000, MB", 100, null, false),
        ("flood_mb_s", "one flooding child, MB/s", null, 1, true),
        ("lines_cpu_s", "20 paced writers, CPU s", null, 0.5, false),
        ("lines_mb_s", "20 paced writers, MB/s", null, null, true),
        ("many_writers_cpu_s_gb", "20 flooding, CPU s/GB", null, null, false),
        ("many_writers_mb_s", "20 flooding, MB/s", null, null, true),
        ("idle_cpu_pct", "idle with 1,000, % CPU", 0.5, null, false),
    ];

    /// <summary>Before the names of its figures.</summary>
    public const string Theirs = "supervisord ";

    private const double PsMsMax = 150;

    public string ToJson() => BenchJson.Of(Rows.Select(row => row.Name).Append("ps_ms")
        .ToDictionary(name => name, name => (object)Math.Round(samples.Median(name), 3))
        .Append(new("supervisord", Rows.ToDictionary(
            row => row.Name, row => Math.Round(samples.Median(Theirs + row.Name), 3))))
        .ToDictionary());

    public IReadOnlyList<string> Missed() =>
    [
        .. Rows.Where(row => row.Most is { } most && samples.Median(row.Name) > most)
            .Select(row => $"{row.Text}: {samples.Median(row.Name):N2}; at most {row.Most} is asked for."),
        .. Rows.Where(row => row.Ratio is { } ratio && (row.IsMore ? Ratio(row.Name) < ratio : Ratio(row.Name) > ratio))
            .Select(row => $"{row.Text}: {Ratio(row.Name):N2} x supervisord; "
                + $"{(row.IsMore ? "at least" : "at most")} {row.Ratio:N2} x is asked for."),
        .. samples.Median("ps_ms") <= PsMsMax ? Array.Empty<string>()
            : [$"rota ps takes {samples.Median("ps_ms"):N0} ms; at most {PsMsMax:N0} are asked for."],
    ];

    public string ToTable()
    {
        var lines = new List<string> { "", $"  {"medians",-28} {"rota",10} {"supervisord",12} {"ratio",8}   target" };
        foreach (var row in Rows)
        {
            lines.Add($"  {row.Text,-28} {samples.Median(row.Name),10:N2} {samples.Median(Theirs + row.Name),12:N2} "
                + $"{Ratio(row.Name),8:N2}   {Target(row.Most, row.Ratio, row.IsMore)}");
        }
        lines.Add($"  {"rota ps, ms",-28} {samples.Median("ps_ms"),10:N0} {"",12} {"",8}   {PsMsMax:N0}");
        return string.Join('\n', lines);
    }

    private static string Target(double? most, double? ratio, bool isMore) =>
        most is not null ? $"{most}" : ratio is null ? "" : $"{(isMore ? ">=" : "<=")} {ratio:N2} x";

    /// <summary>The median of the pairs of rounds.</summary>
    private double Ratio(string name) => samples.Ratio(name, Theirs + name);
}
