using Rota.Jobs;
using Rota.Storage;

namespace Rota.Web.Console.Live;

/// <summary>Jobs by queue, kind and state, counted once for all pages that ask at about the same time.</summary>
/// <remarks>With ten thousand queues a count takes a tenth of a second. It is given again for forty times as long as it
/// took: a page is behind by that at most, and the tick that comes with the next count heals it.</remarks>
internal sealed class Counts(JobOperations jobs, TimeProvider clock) : IDisposable
{
    private const int ReuseFactor = 40, QueuesMax = 300;

    private readonly SemaphoreSlim _one = new(1);
    private IReadOnlyList<JobCount> _last = [];
    private DateTimeOffset _freshUntil = DateTimeOffset.MinValue;

    /// <summary>The same list as before while that one is fresh enough.</summary>
    public async Task<IReadOnlyList<JobCount>> ReadAsync(CancellationToken stop)
    {
        await _one.WaitAsync(stop);
        try
        {
            var began = clock.GetUtcNow();
            if (began < _freshUntil)
                return _last;
            _last = await jobs.CountAsync(stop);
            var now = clock.GetUtcNow();
            _freshUntil = now + ((now - began) * ReuseFactor);
            return _last;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Names to choose from, those with the most jobs first; at most 300.</summary>
    public async Task<IReadOnlyList<string>> QueuesAsync(CancellationToken stop) =>
        [.. (await ReadAsync(stop)).GroupBy(count => count.Queue, count => count.Count, StringComparer.Ordinal)
            .OrderByDescending(queue => queue.Sum()).Take(QueuesMax).Select(queue => queue.Key)];

    public void Dispose() => _one.Dispose();
}
