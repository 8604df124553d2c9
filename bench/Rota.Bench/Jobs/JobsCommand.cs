namespace Rota.Bench;

/// <summary>Measures the engine and, in the same round, what the machine can do at most.</summary>
internal static class JobsCommand
{
    public const string Name = "jobs";

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var sizes = options.IsQuick ? Sizes.Quick : Sizes.Full;
        await using var stores = await BenchStores.StartAsync(options);
        Progress.Say("warm-up");
        await RunRoundAsync(stores, Sizes.Quick, new Samples());
        var samples = new Samples();
        for (var round = 1; round <= options.Rounds; round++)
        {
            Progress.Say($"round {round} of {options.Rounds}");
            await RunRoundAsync(stores, sizes, samples);
        }
        await RunDepthAsync(stores, sizes, samples);
        if (stores is PostgresBench)
            await LongRuns.RunAsync(stores, sizes, TimeSpan.FromSeconds(options.Seconds), samples);
        Progress.Say("rota serve: start-up, memory, plug-in reload");
        for (var start = 0; start < sizes.Starts; start++)
        {
            await using var server = await ServerChild.StartAsync(stores);
            samples.Add("start_to_first_job_ms",
                Progress.Say("start_to_first_job", await server.FirstJobMsAsync(), "ms"));
            samples.Add("rss_mb", Progress.Say("rss", await server.IdleRssMbAsync(options.IsQuick), "MiB"));
            samples.Add("plugin_reload_ms", Progress.Say("plugin_reload", await server.ReloadMsAsync(), "ms"));
        }
        var figures = Figures.Of(options);
        Console.Out.WriteLine(
            options.IsJson ? JobsReport.ToJson(figures, samples) : JobsReport.ToTable(figures, samples));
        if (!options.IsChecked)
            return 0;
        var missed = Targets.Missed(figures, samples);
        missed.ForEach(line => Progress.Say($"missed: {line}"));
        return missed.Count == 0 ? 0 : 1;
    }

    private static async Task RunRoundAsync(BenchStores stores, Sizes sizes, Samples samples)
    {
        await using (var rawStore = await stores.NewAsync())
        await using (var hostStore = await stores.NewAsync())
        await using (var raw = await rawStore.OpenRawAsync())
        await using (var host = await BenchHost.StartAsync(hostStore, works: false))
        {
            var (insertOne, enqueueOne) = await RunSinglesAsync(raw, host.Jobs, sizes.Single);
            Add("insert_1", insertOne);
            Add("enqueue_1", enqueueOne);
            if (raw is PostgresRawSql server)
                Add($"insert_{stores.Callers}", await server.InsertAtOnceAsync(stores.Callers, sizes.Concurrent));
            Add($"enqueue_{stores.Callers}",
                await Enqueue.ConcurrentAsync(host.Jobs, stores.Callers, sizes.Concurrent));
            Add("insert_100", await raw.InsertHundredAsync(sizes.Bulk));
            Add("bulk", await Enqueue.BulkAsync(host, sizes.Bulk));
        }
        await using (var rawStore = await stores.NewAsync())
        await using (var raw = await rawStore.OpenRawAsync())
            Add("claim_complete_100", await raw.ClaimCompleteAsync(sizes.Drain));
        await using var store = await stores.NewAsync();
        await using var worker = await BenchHost.StartAsync(store, works: true);
        Add("drain", await Drain.AllAsync(worker, sizes.Drain));
        Progress.Say("  pickup");
        samples.AddAll("pickup_idle", await Pickup.IdleAsync(worker.Jobs, worker, sizes.Idle));
        samples.AddAll("pickup_500", await Pickup.SteadyAsync(worker, sizes.SteadyPerSecond, sizes.Steady));

        void Add(string name, double value) => samples.Add(name, Progress.Say(name, value));
    }

    /// <summary>Raw and engine in short turns: a disk that others use slows down and recovers within a
    /// second.</summary>
    private static async Task<(double Raw, double Engine)> RunSinglesAsync(IRawSql raw, IJobClient jobs, int count)
    {
        const int Turn = 50;
        await WarmAsync(raw, jobs);
        double rawSeconds = 0, engineSeconds = 0;
        for (var done = 0; done < count; done += Turn)
        {
            rawSeconds += Turn / await raw.InsertOneAsync(Turn);
            engineSeconds += Turn / await Enqueue.OneAsync(jobs, Turn);
        }
        return (count / rawSeconds, count / engineSeconds);
    }

    // A WAL that still grows pays for its length at every commit; after one checkpoint it is written over.
    private static async Task WarmAsync(IRawSql raw, IJobClient jobs)
    {
        const int Warm = 5_000;
        await raw.InsertHundredAsync(Warm);
        await jobs.EnqueueManyAsync(Noop.Many(Warm));
        await Task.Delay(TimeSpan.FromSeconds(1));
    }

    /// <summary>A deep queue and a shallow one, in turn, so that noise meets both.</summary>
    private static async Task RunDepthAsync(BenchStores stores, Sizes sizes, Samples samples)
    {
        Progress.Say($"filling a queue with {sizes.Deep:N0} jobs");
        await using var deepStore = await stores.NewAsync();
        await using var shallowStore = await stores.NewAsync();
        await using var deep = await BenchHost.StartAsync(deepStore, works: true, drain: TimeSpan.Zero);
        await using var shallow = await BenchHost.StartAsync(shallowStore, works: true);
        await Drain.FillPausedAsync(deep, sizes.Deep);
        for (var turn = -1; turn < sizes.DeepTurns; turn++)
        {
            var shallowRate = await Drain.ShallowAsync(shallow, sizes.Shallow, sizes.DeepSlice);
            var deepRate = await Drain.SliceAsync(deep, sizes.DeepSlice);
            if (turn < 0)
                continue; // the first one fills the caches
            samples.Add("drain_10k", Progress.Say("drain_10k", shallowRate));
            samples.Add("drain_1m", Progress.Say("drain_1m", deepRate));
        }
    }
}
