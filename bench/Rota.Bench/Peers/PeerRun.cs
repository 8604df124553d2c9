namespace Rota.Bench;

/// <summary>What is done in one measurement; each gives one or more metrics.</summary>
internal enum PeerWork { Enqueue, Enqueue16, Bulk, Drain, Paced, Steady, Million }

/// <param name="Values">By the name of the metric.</param>
/// <param name="OtherCores">Cores that other programs used meanwhile, on average.</param>
internal sealed record PeerResult(IReadOnlyDictionary<string, double> Values, double OtherCores)
{
    public bool IsDisturbed => OtherCores > PeerRun.QuietCores;
}

/// <summary>Measures one side of a pair.</summary>
internal sealed class PeerRun(Peer peer, PeerStore store, PeerSizes sizes)
{
    public const double QuietCores = 0.3;
    private const double FirstDropped = 0.05;
    private const int CpuJobs = 10_000;
    private static readonly TimeSpan WorkerSettles = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, double> _values = [];
    private double _otherCores;

    public async Task<PeerResult> RunAsync(PeerWork work)
    {
        var address = await store.NewAsync(peer);
        await (work switch
        {
            PeerWork.Enqueue => EnqueueAsync(address, "enqueue", sizes.Enqueue, "enqueue"),
            PeerWork.Enqueue16 => EnqueueAsync(address, "enqueue_16", sizes.Enqueue16, "enqueue_16"),
            PeerWork.Bulk => BulkAsync(address),
            PeerWork.Drain => DrainAsync(address),
            PeerWork.Paced => PickupAsync(address, "paced", sizes.Paced, "idle"),
            PeerWork.Steady => PickupAsync(address, "steady", sizes.Steady, "load"),
            _ => MillionAsync(address),
        });
        return new PeerResult(_values, _otherCores);
    }

    private async Task EnqueueAsync(string address, string command, int count, string name)
    {
        await using var driver = await PeerDriver.StartAsync(peer, command, count, address);
        await store.SettleAsync();
        await MeterAsync(name, driver, startsAt: null);
    }

    private async Task BulkAsync(string address)
    {
        var empty = await store.BytesAsync();
        await using var driver = await PeerDriver.StartAsync(peer, "bulk", sizes.Bulk, address);
        var warm = await store.BytesAsync();
        await MeterAsync("bulk", driver, startsAt: null);
        // A peer that opens a file or a cache at its first job keeps it from the bytes of a job.
        _values.Add("bytes", (await store.BytesAsync() - Math.Max(empty, warm)) / sizes.Bulk);
    }

    private async Task DrainAsync(string address)
    {
        await FillAsync(address, sizes.Drain);
        await using var driver = await PeerDriver.StartAsync(peer, "drain", sizes.Drain, address);
        await MeterAsync("drain", driver, startsAt: "warm");
    }

    private async Task MillionAsync(string address)
    {
        await FillAsync(address, sizes.Million);
        await EnqueueAsync(address, "enqueue", sizes.Enqueue, "million_enqueue");
        await using var driver = await PeerDriver.StartAsync(peer, "drain", sizes.MillionDrain, address);
        await MeterAsync("million_drain", driver, startsAt: "warm");
    }

    private async Task FillAsync(string address, int count)
    {
        await using (var driver = await PeerDriver.StartAsync(peer, "bulk", count, address))
        {
            await driver.GoAsync();
            await driver.ExpectAsync("done");
        }
        await store.SettleAsync();
    }

    /// <param name="startsAt">What the driver says when the measured part begins; null: at once.</param>
    private async Task MeterAsync(string name, PeerDriver driver, string? startsAt)
    {
        if (startsAt is not null)
        {
            await driver.GoAsync();
            await driver.ExpectAsync(startsAt);
        }
        var meter = CpuMeter.Start(driver.Id, store.ProcessId);
        if (startsAt is null)
            await driver.GoAsync();
        var done = await driver.ExpectAsync("done");
        var (seconds, others) = meter.Stop();
        var jobs = done.GetProperty("jobs").GetInt32();
        _values.Add(name, jobs / done.GetProperty("seconds").GetDouble());
        _values.Add($"{name}_cpu", seconds / jobs * CpuJobs);
        _otherCores = Math.Max(_otherCores, others);
    }

    /// <summary>From the enqueue call in one process to the first line of the handler in another.</summary>
    private async Task PickupAsync(string address, string command, int count, string name)
    {
        await using var worker = peer.IsOneProcess ? null
            : await PeerDriver.StartAsync(peer, "pickup", count, address);
        await using var producer = await PeerDriver.StartAsync(peer, command, count, address);
        await Task.Delay(WorkerSettles);
        var meter = CpuMeter.Start((worker ?? producer).Id, producer.Id, store.ProcessId);
        await producer.GoAsync();
        var done = await (worker ?? producer).ExpectAsync("done");
        var (_, others) = meter.Stop();
        var waits = done.GetProperty("waits_ms").EnumerateArray().Select(wait => wait.GetDouble()).ToList();
        var sorted = waits[(int)(count * FirstDropped)..].Order().ToList();
        _values.Add($"{name}_p50_ms", sorted[sorted.Count / 2]);
        _values.Add($"{name}_p99_ms", sorted[(int)(sorted.Count * 0.99)]);
        _otherCores = others;
    }
}
