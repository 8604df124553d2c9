namespace Rota.Bench;

/// <param name="Time">Items are bytes of the compressed page.</param>
internal sealed record PageTime(ConsolePage Page, ScaleTime Time);

/// <summary>All that one run found.</summary>
/// <param name="Followed">Null when it was not asked for, or there is no Chromium.</param>
/// <param name="Cost">Null when it was not asked for.</param>
/// <param name="MemoryMb">Of the server, after all pages.</param>
internal sealed record ConsoleReport(ScaleSizes Sizes, double FirstPageKb, int Requests, IReadOnlyList<PageTime> Pages,
    ScaleTime Log, FollowedLog? Followed, ConsoleCost? Cost, double MemoryMb)
{
    private const double FirstPageKbMax = 150, ListMsMax = 200, PageMsMax = 300, LogMsMax = 1_000, CostPctMax = 5;
    private const double FollowedLinesMin = 4_500, FrameMsMax = 500; // what makes 5,000 lines a second makes some fewer
    private const int RequestsMax = 12;

    private double ListP95 => Worst(isList: true);

    private double PageP95 => Worst(isList: false);

    private double Worst(bool isList) =>
        Pages.Where(page => page.Page.IsList == isList).Select(page => page.Time.P95).DefaultIfEmpty().Max();

    /// <summary>The worst page of each sort.</summary>
    public object ToKeys() => new
    {
        FirstPageKb,
        Requests,
        ListP95Ms = ListP95,
        PageP95Ms = PageP95,
        LogOpenMs = Log.P95,
        FollowedLinesPerSecond = Followed?.LinesPerSecond,
        FollowedFrameP99Ms = Followed?.P99,
        FollowedFrameWorstMs = Followed?.Worst,
        QueueCostPct = Cost?.CostPct,
        MemoryMb,
        Pages = Pages.Select(page => page.Time),
    };

    public IReadOnlyList<string> Missed() =>
    [
        .. Above("the first page", FirstPageKb, FirstPageKbMax, "KB"),
        .. Above("the first page", Requests, RequestsMax, "requests"),
        .. Pages.Where(page => page.Time.Items < 0).Select(page => $"{page.Time.Name} was refused."),
        .. Pages.SelectMany(page => Above(
            page.Time.Name, page.Time.P95, page.Page.IsList ? ListMsMax : PageMsMax, "ms (p95)")),
        .. Above("a long log", Log.P95, LogMsMax, "ms (p95)"),
        .. Followed is null ? [] : Above("a followed log", Followed.Worst, FrameMsMax, "ms without a frame"),
        .. Followed is { LinesPerSecond: < FollowedLinesMin }
            ? [$"a followed log: {Followed.LinesPerSecond:N0} lines a second; {FollowedLinesMin:N0} are asked for."]
            : Array.Empty<string>(),
        .. Cost is null ? []
            : Above($"{Cost.Consoles} open consoles", Cost.CostPct, CostPctMax, "% of the queue's rate"),
    ];

    private static IEnumerable<string> Above(string name, double value, double max, string unit) =>
        value <= max ? [] : [$"{name}: {value:N1} {unit}; at most {max:N0} are asked for."];

    public string ToTable()
    {
        var lines = new List<string>
        {
            "",
            $"{Sizes.Ended:N0} ended jobs, {Sizes.Queued:N0} queued, {Sizes.Queues:N0} queues",
            $"  {"first page, KB",-30} {FirstPageKb,10:N1}   (target {FirstPageKbMax:N0})",
            $"  {"its requests",-30} {Requests,10:N0}   (target {RequestsMax})",
            $"  {"server, MB",-30} {MemoryMb,10:N0}",
        };
        if (Followed is not null)
        {
            lines.Add($"  {"a followed log, lines/s",-30} {Followed.LinesPerSecond,10:N0}   "
                + $"(frames apart: p99 {Followed.P99:N0} ms, worst {Followed.Worst:N0} ms, target {FrameMsMax:N0})");
        }
        if (Cost is not null)
        {
            lines.Add($"  {$"{Cost.Consoles} consoles cost the queue, %",-30} {Cost.CostPct,10:N1}   "
                + $"(target {CostPctMax:N0}; {Cost.Alone:N0} jobs/s alone, {Cost.Beside:N0} beside; each refreshed "
                + $"{Cost.RefreshesPerConsole:N2} times a second)");
        }
        lines.Add($"  {"ms over HTTP",-30} {"p50",10} {"p95",10} {"worst",10} {"bytes",8}   "
            + $"(target p95: lists {ListMsMax:N0}, pages {PageMsMax:N0}, a long log {LogMsMax:N0})");
        lines.AddRange(Pages.Select(page => page.Time).Append(Log).Select(time =>
            $"  {time.Name,-30} {time.P50,10:N1} {time.P95,10:N1} {time.Worst,10:N1} {time.Items,8:N0}"));
        return string.Join('\n', lines);
    }
}
