namespace Rota.Bench;

/// <summary>Opens the console's pages on a database with millions of jobs, and measures what they cost.</summary>
internal static class ConsoleCommand
{
    public const string Name = "console";

    private const int LogLines = 100_000;

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var sizes = ScaleSizes.Of(options);
        await using var filled = await FilledDatabase.OpenAsync(Name, options, sizes);
        var (pages, first, memoryMb) = await AskAsync(filled.Store, sizes, options);
        var log = await OpenLogAsync(filled.Stores, options);
        var followed = options.Only is null or "follow" ? await FollowedLog.MeasureAsync(filled.Stores) : null;
        var cost = options.Only is null or "cost" ? await ConsoleCost.MeasureAsync(filled.Stores, options) : null;
        var report = new ConsoleReport(sizes, first.Kb, first.Requests, pages, log, followed, cost, memoryMb);
        Console.Out.WriteLine(options.IsJson ? BenchJson.Of(report.ToKeys()) : report.ToTable());
        if (!options.IsChecked)
            return 0;
        var missed = report.Missed();
        foreach (var line in missed)
            Progress.Say($"missed: {line}");
        return missed.Count == 0 ? 0 : 1;
    }

    private static async Task<(List<PageTime> Pages, (double Kb, int Requests) First, double MemoryMb)> AskAsync(
        BenchStore store, ScaleSizes sizes, BenchOptions options)
    {
        await using var server = await ScaleServer.StartAsync(store);
        for (var number = 0; number < sizes.Schedules; number++)
            await server.PutScheduleAsync(number);
        using var visitor = new ConsoleVisitor(server.Url);
        await visitor.SignInAsync();
        var first = await FirstPage.WeighAsync(visitor);
        Progress.Say($"asking; each page {options.Rounds} times");
        var pages = new List<PageTime>();
        foreach (var page in ConsolePage.All(sizes).Where(page => page.Name.Contains(options.Only ?? "")))
        {
            pages.Add(new PageTime(page, await TimeAsync(visitor, page.Path, page.Name, options.Rounds)));
            Progress.Say(page.Name, pages[^1].Time.P95, "ms (p95)");
        }
        return (pages, first, Math.Round(server.MemoryMb));
    }

    /// <summary>A log of a hundred thousand lines.</summary>
    private static async Task<ScaleTime> OpenLogAsync(BenchStores stores, BenchOptions options)
    {
        await using var store = await stores.NewAsync();
        await using var server = await ScaleServer.StartAsync(store, works: true);
        var id = await server.RunJobAsync(
            $$$"""{"kind": "shell.run", "args": {"command": "seq {{{LogLines}}}"}}""");
        using var visitor = new ConsoleVisitor(server.Url);
        await visitor.SignInAsync();
        var time = await TimeAsync(visitor, $"/jobs/{id}", "a long log", options.Rounds);
        Progress.Say("a long log", time.P95, "ms (p95)");
        return time;
    }

    private static async Task<ScaleTime> TimeAsync(ConsoleVisitor visitor, string path, string name, int rounds)
    {
        var (times, size) = (new List<double>(), 0);
        for (var round = 0; round <= rounds; round++)
        {
            var (ms, bytes) = await visitor.AskAsync("/console" + path);
            if (round > 0)
                times.Add(ms); // the first one fills the caches
            size = bytes < 0 ? bytes : size < 0 ? size : bytes;
        }
        return ScaleTime.Of(name, size, times);
    }
}
