using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Jobs;
using Rota.Storage;
using Rota.Web.Api;

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
/// within ten seconds, because pages hear a tick at least that often.</remarks>
internal sealed class Pulse(JobOperations jobs, TimeProvider clock, ILogger<Pulse> log) : BackgroundService
{
    private const int SamplesMax = 360;
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1), Slow = TimeSpan.FromSeconds(10);
    private static readonly ServerEvent Tick = new("tick", Id: null, "{}");

    private readonly Lock _lock = new();
    private readonly Queue<Sample> _samples = new();
    private HashSet<JobCount> _last = [];
    private DateTimeOffset _heardAt = DateTimeOffset.MinValue;
    private int _ticks;

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

    /// <summary>A tick whenever something changed since the last call.</summary>
    public Func<CancellationToken, Task<IReadOnlyList<ServerEvent>?>> Listen()
    {
        var seen = Volatile.Read(ref _ticks);
        return _ =>
        {
            lock (_lock)
                _heardAt = clock.GetUtcNow();
            var now = Volatile.Read(ref _ticks);
            var isNew = now != seen;
            seen = now;
            return Task.FromResult<IReadOnlyList<ServerEvent>?>(isNew ? [Tick] : []);
        };
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var sampledAt = DateTimeOffset.MinValue;
        using var timer = new PeriodicTimer(Beat, clock);
        do
        {
            var now = clock.GetUtcNow();
            var isSampled = now - sampledAt >= Slow;
            if (!isSampled && !IsHeard(now))
                continue;
            try
            {
                var counts = (await jobs.CountAsync(stoppingToken)).ToHashSet();
                if (isSampled)
                {
                    Add(new Sample(sampledAt = now, Sum(counts)));
                    Queues.Add(counts);
                }
                if (isSampled || !counts.SetEquals(_last))
                    Interlocked.Increment(ref _ticks);
                _last = counts;
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

    private bool IsHeard(DateTimeOffset now)
    {
        lock (_lock)
            return now - _heardAt < Beat * 2;
    }

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
}
