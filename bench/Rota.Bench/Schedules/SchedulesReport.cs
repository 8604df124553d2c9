namespace Rota.Bench;

/// <summary>The result, as one JSON object or as a table, and what of it misses its target.</summary>
internal sealed record SchedulesReport(string Store, ScheduleFigures Load, CronCost Cron)
{
    private IEnumerable<(string Name, double Value, double Most)> Figures =>
    [
        ("start_error_p50_ms", Load.Ticks.StartErrorP50Ms, 10), ("start_error_p99_ms", Load.Ticks.StartErrorP99Ms, 50),
        ("lost", Load.Ticks.Lost, 0), ("doubled", Load.Ticks.Doubled, 0), ("cpu_cores", Load.CpuCores, 1),
        ("next_ns", Cron.NextNs, 200), ("next_alloc_bytes", Cron.NextAllocBytes, 0), ("parse_ns", Cron.ParseNs, 1_000),
    ];

    private IEnumerable<(string Name, double Value)> Others =>
    [
        ("schedules", Load.Schedules), ("seconds", Load.Seconds), ("runs", Load.Ticks.Runs),
        ("server_cores", Load.ServerCores), ("add_per_second", Load.AddPerSecond),
    ];

    public string ToJson()
    {
        var values = new Dictionary<string, object> { ["store"] = Store };
        foreach (var (name, value) in Figures.Select(figure => (figure.Name, figure.Value)).Concat(Others))
            values[name] = Math.Round(value, 2);
        return BenchJson.Of(values);
    }

    public string ToTable() => string.Join('\n',
    [
        "", $"schedules on {Store}",
        .. Figures.Select(one => $"  {one.Name,-20} {one.Value,12:N2}   (at most {one.Most:N0})"),
        .. Others.Select(one => $"  {one.Name,-20} {one.Value,12:N2}"),
    ]);

    public IEnumerable<string> Missed() => Figures
        .Where(figure => !(figure.Value <= figure.Most))
        .Select(figure => $"{figure.Name} is {figure.Value:0.##}; at most {figure.Most:0.##} is asked for.");
}
