using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Storage;

namespace Rota.Web.Console.Live;

/// <summary>Jobs by state at one moment.</summary>
public sealed record Sample(DateTimeOffset At, IReadOnlyDictionary<JobState, long> Jobs)
{
    public long this[JobState state] => Jobs.GetValueOrDefault(state);
}

/// <summary>Notices for all open pages at once that something changed, and remembers the figures of the last hour.
/// </summary>
/// <remarks>One loop asks the store's counters once a second while somebody listens, and every ten seconds else, so
/// that the overview has a past to draw when it is opened. What counters do not tell (a node's beat, a pause) is seen
/// within ten seconds, because pages hear a tick at least that often, as far as the pace allows.</remarks>
internal sealed class Pulse(Counts counts, RefreshPace pace, TimeProvider clock, ILogger<Pulse> log)
    : BackgroundService
{
    private const int SamplesMax = 360;
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1), Slow = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Queue<Sample> _samples = new();
    private IReadOnlyList<JobCount> _last = [];
    private int _ticks, _pages, _entered;

    /// <summary>Oldest first, ten seconds apart, at most an hour.</summary>
    public IReadOnlyList<Sample> Samples
    {
        get
        {
            lock (_lock)
                return [.. _samples];
        }
    }

    /// <summary>How fast each queue is.</summary>
    public QueueRates Queues { get; } = new();

    /// <summary>How often something changed.</summary>
    public int Ticks => Volatile.Read(ref _ticks);

    /// <summary>The least time between two ticks of one page.</summary>
    public TimeSpan Between => pace.Between(Volatile.Read(ref _pages));

    /// <summary>Something changed that the counters do not tell.</summary>
    public void Tell() => Interlocked.Increment(ref _ticks);

    /// <summary>A page is open until it leaves its seat.</summary>
    public Seat Enter()
    {
        Interlocked.Increment(ref _pages);
        return new Seat(this, Interlocked.Increment(ref _entered));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var sampledAt = DateTimeOffset.MinValue;
        using var timer = new PeriodicTimer(Beat, clock);
        do
        {
            var now = clock.GetUtcNow();
            var isSampled = now - sampledAt >= Slow;
            if (!isSampled && Volatile.Read(ref _pages) == 0)
                continue;
            try
            {
                var read = await counts.ReadAsync(stoppingToken);
                if (isSampled)
                {
                    Add(new Sample(sampledAt = now, Sum(read)));
                    Queues.Add(read);
                }
                if (isSampled || !AreSame(read, _last))
                    Interlocked.Increment(ref _ticks);
                _last = read;
            }
            catch (StorageException error)
            {
                log.PulseMissed(error.Message);
            }
        }
        while (await WaitAsync(timer, stoppingToken));
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // Both are in the same order.
    private static bool AreSame(IReadOnlyList<JobCount> one, IReadOnlyList<JobCount> other) =>
        ReferenceEquals(one, other) || one.SequenceEqual(other);

    private void Add(Sample sample)
    {
        lock (_lock)
        {
            _samples.Enqueue(sample);
            if (_samples.Count > SamplesMax)
                _samples.Dequeue();
        }
    }

    private static Dictionary<JobState, long> Sum(IEnumerable<JobCount> counts) => counts
        .GroupBy(count => count.State).ToDictionary(state => state.Key, state => state.Sum(count => count.Count));

    /// <param name="number">How many had entered by then.</param>
    public readonly struct Seat(Pulse pulse, int number) : IDisposable
    {
        /// <summary>0 to 1; spread evenly over seats taken one after the other (golden ratio).</summary>
        public double Phase => number * 0.618034 % 1;

        public void Dispose() => Interlocked.Decrement(ref pulse._pages);
    }
}
