namespace Rota.Bench;

/// <summary>What open consoles cost a queue that is drained on the same machine, out of the same database.</summary>
/// <param name="Alone">Jobs a second without a console, the median of all windows.</param>
/// <param name="Beside">The same with them.</param>
/// <param name="CostPct">The median of what each pair of windows lost, in percent.</param>
/// <param name="RefreshesPerConsole">A second.</param>
internal sealed record ConsoleCost(
    int Consoles, double Alone, double Beside, double CostPct, double RefreshesPerConsole)
{
    private const int Pairs = 6, ConsolesOpen = 100, JobsAtOnce = 500_000;
    private static readonly string[] Pages = ["/console", "/console/jobs", "/console/queues", "/console/metrics"];

    public static async Task<ConsoleCost> MeasureAsync(BenchStores stores, BenchOptions options)
    {
        var window = TimeSpan.FromSeconds(options.IsQuick ? 1 : Math.Max(1, options.Seconds / Pairs));
        await using var store = await stores.NewAsync();
        await using var server = await ScaleServer.StartAsync(store);
        using var visitor = new ConsoleVisitor(server.Url);
        await visitor.SignInAsync();
        await using var host = await BenchHost.StartAsync(store, works: true);
        host.Arrivals.Expect(int.MaxValue);
        var filled = 0;
        var (alone, beside, costs, refreshes) = (new List<double>(), new List<double>(), new List<double>(), 0);
        for (var pair = 0; pair < (options.IsQuick ? 1 : Pairs); pair++)
        {
            if (filled - host.Arrivals.Seen < JobsAtOnce)
            {
                await host.FillAsync(options.IsQuick ? JobsAtOnce / 10 : JobsAtOnce * 2);
                filled += JobsAtOnce * 2;
            }
            // In turns: the longer a drain lasts, the slower it is.
            if (pair % 2 == 0)
                alone.Add(await RateAsync(host, window));
            using var close = new CancellationTokenSource();
            var open = Enumerable.Range(0, ConsolesOpen)
                .Select(number => visitor.StayAsync(Pages[number % Pages.Length], close.Token)).ToList();
            beside.Add(await RateAsync(host, window));
            await close.CancelAsync();
            refreshes += (await Task.WhenAll(open)).Sum();
            if (pair % 2 == 1)
                alone.Add(await RateAsync(host, window));
            costs.Add(100 * (1 - (beside[^1] / alone[^1])));
            Progress.Say($"alone {alone[^1]:N0}, beside consoles {beside[^1]:N0} jobs/s");
        }
        Progress.Say("beside consoles", Median(beside));
        return new(ConsolesOpen, Math.Round(Median(alone)), Math.Round(Median(beside)), Math.Round(Median(costs), 1),
            Math.Round(refreshes / (ConsolesOpen * alone.Count * window.TotalSeconds), 2));
    }

    private static async Task<double> RateAsync(BenchHost host, TimeSpan window)
    {
        var (seen, start) = (host.Arrivals.Seen, System.Diagnostics.Stopwatch.GetTimestamp());
        await Task.Delay(window);
        return (host.Arrivals.Seen - seen) / System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(List<double> values)
    {
        var ordered = values.Order().ToList();
        return (ordered[(values.Count - 1) / 2] + ordered[values.Count / 2]) / 2;
    }
}
