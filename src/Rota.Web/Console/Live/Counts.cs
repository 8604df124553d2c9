using Rota.Jobs;
using Rota.Storage;

namespace Rota.Web.Console.Live;

/// <summary>Jobs by queue, kind and state, counted once for all pages that ask at about the same time.</summary>
/// <remarks>With ten thousand queues a count takes a tenth of a second. It is given again for forty times as long as it
/// took; where it took long, for as long again while the next one is counted, so that nobody waits for it. A page is
/// behind by that at most, and the tick that comes with the next count heals it.</remarks>
internal sealed class Counts(JobOperations jobs, TimeProvider clock) : IDisposable
{
    private const int ReuseFactor = 40, QueuesMax = 300;
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _end = new();
    private Counted _last = new([], DateTimeOffset.MinValue, DateTimeOffset.MinValue);
    private Task<Counted>? _next;

    private sealed record Counted(IReadOnlyList<JobCount> Jobs, DateTimeOffset FreshUntil, DateTimeOffset UsableUntil);

    /// <summary>The same list as before while that one is fresh enough.</summary>
    public async Task<IReadOnlyList<JobCount>> ReadAsync(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        Task<Counted> next;
        lock (_lock)
        {
            if (now < _last.FreshUntil)
                return _last.Jobs;
            if (_next is not { IsCompleted: false })
                _next = CountAsync();
            if (now < _last.UsableUntil)
                return _last.Jobs;
            next = _next;
        }
        return (await next.WaitAsync(stop)).Jobs;
    }

    /// <summary>Names to choose from, those with the most jobs first; at most 300.</summary>
    public async Task<IReadOnlyList<string>> QueuesAsync(CancellationToken stop) =>
        [.. (await ReadAsync(stop)).GroupBy(count => count.Queue, count => count.Count, StringComparer.Ordinal)
            .OrderByDescending(queue => queue.Sum()).Take(QueuesMax).Select(queue => queue.Key)];

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    // For everybody, so that it does not end with the request of who began it.
    private async Task<Counted> CountAsync()
    {
        var began = clock.GetUtcNow();
        var counted = await jobs.CountAsync(_end.Token);
        var now = clock.GetUtcNow();
        var reuse = (now - began) * ReuseFactor;
        var last = new Counted(counted, now + reuse, now + (now - began < Long ? reuse : 2 * reuse));
        lock (_lock)
            _last = last;
        return last;
    }
}
