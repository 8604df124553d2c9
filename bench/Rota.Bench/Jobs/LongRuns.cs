namespace Rota.Bench;

/// <summary>What only time and a second node show: a steady load, and one under which no dead row can be removed.
/// Beside the drains of that one stand means of one before and one after, as a machine may be another one ten minutes
/// later.</summary>
internal static class LongRuns
{
    public static async Task RunAsync(BenchStores stores, Sizes sizes, TimeSpan length, Samples samples)
    {
        await using var store = await stores.NewAsync();
        await using var worker = await BenchHost.StartAsync(store, works: true, node: "worker");
        Progress.Say("pickup on another node");
        await using (var other = await BenchHost.StartAsync(store, works: false, node: "other"))
            samples.AddAll("pickup_other_node", await Pickup.IdleAsync(other.Jobs, worker, sizes.Idle));

        await LoadAsync("steady_5000");
        var before = await DrainAsync("drain before");
        await using (await PostgresBench.HoldTransactionAsync(store.Url))
        {
            Progress.Say("a transaction is held open");
            await LoadAsync("steady_xmin");
            samples.AddAll("drain_xmin", await DrainAsync("drain_xmin"));
        }
        await PostgresBench.VacuumAsync(store.Url);
        var after = await DrainAsync("drain after");
        samples.AddAll("drain_free", before.Zip(after, (first, last) => (first + last) / 2));

        async Task LoadAsync(string name)
        {
            Progress.Say($"{sizes.LongPerSecond:N0} jobs a second for {length.TotalSeconds:N0} seconds");
            var count = (int)(sizes.LongPerSecond * length.TotalSeconds);
            samples.AddAll(name, await Pickup.SteadyAsync(worker, sizes.LongPerSecond, count));
            Progress.Say($"{name}_p50", samples.Percentile(name, 0.5), "ms");
            Progress.Say($"{name}_p99", samples.Percentile(name, 0.99), "ms");
        }

        async Task<List<double>> DrainAsync(string name)
        {
            var rates = new List<double>();
            for (var turn = 0; turn < sizes.HeldTurns; turn++)
                rates.Add(Progress.Say(name, await Drain.AllAsync(worker, sizes.Drain)));
            return rates;
        }
    }
}
