using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Rota.Bench;

/// <summary>Callers that enqueue all the time, and note the id of each job whose call returned.</summary>
/// <remarks>What is ahead of the handlers is bounded, so that old jobs are worked and not only new ones kept. A call
/// that is refused is counted and not made again: whether its job was stored, its caller does not know.</remarks>
internal sealed class FaultProducers : IAsyncDisposable
{
    private const int Callers = 8, AheadMax = 500, DelayedEvery = 20;
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    // A job may become due a little early on the machine's clock: the database's clock is known to 100 ms.
    private static readonly TimeSpan Early = TimeSpan.FromMilliseconds(300);

    private readonly BenchHost _host;
    private readonly AppendFile _acknowledged;
    private readonly LineCount _effects;
    private readonly CancellationTokenSource _stop = new();
    private Task _producing = Task.CompletedTask;
    private int _number;
    private int _acknowledgedCount;
    private int _refused;

    private FaultProducers(BenchHost host, string folder, LineCount effects)
    {
        (_host, _effects) = (host, effects);
        _acknowledged = new AppendFile(Path.Combine(folder, "acknowledged"));
    }

    public int Refused => Volatile.Read(ref _refused);

    public static async Task<FaultProducers> StartAsync(string folder, string url, LineCount effects) => new(
        await BenchHost.StartAsync(new OpenedStore(folder, url), works: false,
            rota => rota.Services.AddLogging(log => log.SetMinimumLevel(LogLevel.None)), node: "producers"),
        folder, effects);

    /// <param name="rest">Of each caller between two calls.</param>
    public void Begin(TimeSpan rest) =>
        _producing = Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => ProduceAsync(rest)));

    private async Task ProduceAsync(TimeSpan rest)
    {
        while (!_stop.IsCancellationRequested)
        {
            await EnqueueAsync(Interlocked.Increment(ref _number));
            if (rest > TimeSpan.Zero)
                await Task.Delay(rest);
            while (Volatile.Read(ref _acknowledgedCount) - _effects.Now() > AheadMax && !_stop.IsCancellationRequested)
                await Task.Delay(10);
        }
    }

    private async Task EnqueueAsync(int number)
    {
        var isDelayed = number % DelayedEvery == 0;
        var due = isDelayed ? Stopwatch.GetTimestamp() + (long)((Delay - Early).TotalSeconds * Stopwatch.Frequency) : 0;
        try
        {
            await AddAsync(new FaultEntry(number, due), new JobOptions { Delay = isDelayed ? Delay : null });
        }
        catch (StorageException)
        {
            Interlocked.Increment(ref _refused);
            await Task.Delay(100);
        }
    }

    /// <returns>The job's id.</returns>
    public async Task<JobId> AddAsync(FaultEntry entry, JobOptions? options = null)
    {
        var enqueued = await _host.Jobs.EnqueueAsync(entry, options);
        _acknowledged.Add(enqueued.Id.ToString());
        Interlocked.Increment(ref _acknowledgedCount);
        return enqueued.Id;
    }

    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _producing;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await _host.DisposeAsync();
        _acknowledged.Dispose();
        _stop.Dispose();
    }
}
