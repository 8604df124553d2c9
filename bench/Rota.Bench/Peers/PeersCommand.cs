namespace Rota.Bench;

/// <summary>Measures Rota beside other job systems: the same work on the same machine, in turns.</summary>
/// <remarks>A pair is one measurement of a peer and one of Rota, one right after the other, the order changing from
/// round to round. A measurement that other programs disturbed is repeated; a pair that stays disturbed counts only
/// where there is no other.</remarks>
internal static class PeersCommand
{
    public const string Name = "peers";
    private const int RepeatsMost = 2;

    public static async Task<int> RunAsync(BenchOptions options)
    {
        if (options is { IsQuick: true, Plot: not null })
            throw new WrongUseException("--plot is wrong.", "A plot of --quick would show no truth.");
        var peers = Chosen("peer", Peer.All, peer => peer.Name, options.Only);
        var works = Chosen("work", WorksOf(options), work => work.ToString(), options.Work);
        await PeerSetup.InstallAsync(peers);
        await using var stores = new PeerStores(options.IsQuick);
        var pairs = new List<PeerPairs>();
        var failures = new Dictionary<Peer, string>();
        for (var round = 1; round <= options.Rounds; round++)
            foreach (var peer in peers.Where(peer => !failures.ContainsKey(peer)))
            {
                Progress.Say($"round {round} of {options.Rounds}: {peer.Name}");
                try
                {
                    await RunPairsAsync(stores, peer, works, options, round, pairs);
                }
                catch (PeerException error)
                {
                    failures.Add(peer, error.Message);
                    Progress.Say(error.Message);
                }
            }
        pairs = [.. PeerMetric.All.SelectMany(metric => pairs.Where(pair => pair.Metric == metric))];
        Console.Out.WriteLine(options.IsJson ? PeersReport.ToJson(pairs, failures.Values) : PeersReport.ToTable(pairs));
        if (options.Plot is { } plot)
            await File.WriteAllTextAsync(plot, PeersPlot.Draw(pairs));
        if (!options.IsChecked)
            return failures.Count == 0 ? 0 : 1;
        var missed = PeersReport.Missed(pairs).Concat(failures.Values).ToList();
        missed.ForEach(line => Progress.Say($"missed: {line}"));
        return missed.Count == 0 ? 0 : 1;
    }

    private static List<T> Chosen<T>(string what, IReadOnlyList<T> all, Func<T, string> nameOf, string? asked)
    {
        var names = asked?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var known = all.Select(nameOf).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return names?.FirstOrDefault(name => !known.Contains(name)) is { } wrong
            ? throw new WrongUseException($"There is no {what} {wrong}.", $"Write {string.Join(", ", known)}.")
            : [.. all.Where(one => names?.Contains(nameOf(one), StringComparer.OrdinalIgnoreCase) != false)];
    }

    private static PeerWork[] WorksOf(BenchOptions options) =>
        [.. Enum.GetValues<PeerWork>().Where(work => work != PeerWork.Million || options.IsMillion)];

    private static async Task RunPairsAsync(
        PeerStores stores, Peer peer, List<PeerWork> works, BenchOptions options, int round, List<PeerPairs> pairs)
    {
        foreach (var work in works)
        {
            if (work == PeerWork.Million && !peer.HoldsMillion)
                continue;
            PeerResult theirs, ours;
            if (round % 2 == 0)
            {
                ours = await MeasureAsync(stores, Peer.Rota, work, options);
                theirs = await MeasureAsync(stores, peer, work, options);
            }
            else
            {
                theirs = await MeasureAsync(stores, peer, work, options);
                ours = await MeasureAsync(stores, Peer.Rota, work, options);
            }
            foreach (var metric in PeerMetric.All.Where(metric => theirs.Values.ContainsKey(metric.Name)))
                Pairs(pairs, peer, metric).Add(
                    theirs.Values[metric.Name], ours.Values[metric.Name], theirs.IsDisturbed || ours.IsDisturbed);
        }
    }

    /// <summary>The calmest of the first one and its repeats.</summary>
    private static async Task<PeerResult> MeasureAsync(
        PeerStores stores, Peer peer, PeerWork work, BenchOptions options)
    {
        var sizes = (options.IsQuick ? PeerSizes.Quick : PeerSizes.Full).For(peer);
        var store = await stores.OpenAsync(peer.Storage);
        PeerResult? best = null;
        for (var left = options.IsQuick ? 0 : RepeatsMost; left >= 0 && best?.IsDisturbed != false; left--)
        {
            var result = await new PeerRun(peer, store, sizes).RunAsync(work);
            best = best is null || result.OtherCores < best.OtherCores ? result : best;
        }
        foreach (var (name, value) in best!.Values)
            Progress.Say($"  {peer.Name,-18} {name,-20} {value,12:N2}{(best.IsDisturbed ? "  disturbed" : "")}");
        return best;
    }

    private static PeerPairs Pairs(List<PeerPairs> pairs, Peer peer, PeerMetric metric)
    {
        var found = pairs.Find(pair => pair.Peer == peer && pair.Metric == metric);
        if (found is null)
            pairs.Add(found = new PeerPairs(peer, metric));
        return found;
    }
}

/// <summary>The servers, each started when the first peer needs it.</summary>
internal sealed class PeerStores(bool isQuick) : IAsyncDisposable
{
    private readonly Dictionary<PeerStorage, PeerStore> _open = [];

    public async Task<PeerStore> OpenAsync(PeerStorage storage)
    {
        if (_open.TryGetValue(storage, out var store))
            return store;
        store = storage switch
        {
            PeerStorage.Postgres => await PostgresPeerStore.StartAsync(isQuick),
            _ => await RedisPeerStore.StartAsync(storage == PeerStorage.RedisAlways ? "always" : "everysec"),
        };
        _open.Add(storage, store);
        return store;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _open.Values)
            await store.DisposeAsync();
    }
}
