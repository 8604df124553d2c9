using Rota.Storage;

namespace Rota.Events;

/// <summary>Reads events as they come, each once.</summary>
/// <remarks>On PostgreSQL a transaction that ends late brings ids that are smaller than some which were read before. So
/// ids that were passed over are asked for again, for a while.</remarks>
/// <param name="after">The last one that is known.</param>
public sealed class EventFollower(IEventStore store, TimeProvider clock, long after)
{
    private const int PageMax = 5_000, GapsMax = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Dictionary<long, long> _gaps = []; // since when, by the monotonic clock
    private long _after = after;

    /// <summary>The newest one that was read.</summary>
    public long Last => _after;

    public async Task<IReadOnlyList<RotaEvent>> ReadAsync(CancellationToken stop)
    {
        var events = await store.ReadAsync(_after, _gaps.Keys, PageMax, stop);
        var now = clock.GetTimestamp();
        foreach (var id in events.Select(one => one.Id))
        {
            if (_gaps.Remove(id))
                continue;
            for (var missing = Math.Max(_after + 1, id - GapsMax); missing < id; missing++)
                _gaps[missing] = now;
            _after = id;
        }
        foreach (var (id, _) in _gaps.Where(gap => clock.GetElapsedTime(gap.Value, now) > Patience).ToList())
            _gaps.Remove(id);
        return events;
    }
}
