using System.Diagnostics;

namespace Rota.Postgres;

/// <summary>What this process knows of lanes: which may hold ready jobs, and below which id there is nothing to find.
/// </summary>
/// <remarks>
/// The mark of a lane keeps a claim from walking over index entries of jobs that are long gone, of which a long
/// transaction anywhere can keep millions. A mark may be too high: a job that becomes ready is told with its id and
/// lowers it, and now and then a sweep looks at every lane from its beginning.
/// </remarks>
internal sealed class LaneBook(PostgresDatabase database)
{
    // A sweep may take a fiftieth of the time.
    private const int SweepShare = 50;
    private static readonly TimeSpan SweepPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LoadPause = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<int, SortedDictionary<int, State>> _queues = [];
    private long _version;
    private long _loadedAt;
    private long _sweptAt;
    private TimeSpan _sweepPause;
    private int _lastQueue;

    private sealed class State
    {
        public long From { get; set; }

        /// <summary>When somebody said that it holds jobs; 0 after a claim found it empty.</summary>
        public long HotSince { get; set; }
    }

    /// <summary>Where one claim looks.</summary>
    /// <param name="Lanes">In the order in which they are served.</param>
    /// <param name="From">Of each, the id to begin with.</param>
    public sealed record Look(IReadOnlyList<Lane> Lanes, IReadOnlyList<long> From, long Version, bool IsSweep)
    {
        public long StartedAt { get; } = Stopwatch.GetTimestamp();
    }

    /// <summary>A job became ready.</summary>
    public void Heat(Lane lane, long id)
    {
        lock (_lock)
        {
            var state = Of(lane);
            state.From = Math.Min(state.From, id);
            state.HotSince = ++_version;
        }
    }

    /// <summary>Nothing is known any more: news were missed.</summary>
    public void Forget()
    {
        lock (_lock)
            _sweptAt = 0;
    }

    /// <summary>Makes sure that other processes can know of these lanes.</summary>
    public async Task AddAsync(IEnumerable<Lane> lanes, CancellationToken stop)
    {
        foreach (var lane in lanes)
        {
            lock (_lock)
            {
                if (_queues.TryGetValue(lane.Queue, out var known) && known.ContainsKey(lane.Priority))
                    continue;
            }
            await database.RunAsync("INSERT INTO rota.lane (queue, priority) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                stop, lane.Queue, lane.Priority);
            lock (_lock)
                Of(lane);
        }
    }

    /// <summary>Where to look now; null when there is nothing that could be found.</summary>
    /// <param name="queues">In strict order; empty for all in turn.</param>
    public async Task<Look?> NextAsync(IReadOnlyList<int> queues, CancellationToken stop)
    {
        bool isSweep;
        lock (_lock)
            isSweep = _sweptAt == 0 || Stopwatch.GetElapsedTime(_sweptAt) >= _sweepPause;
        if (isSweep && (_loadedAt == 0 || Stopwatch.GetElapsedTime(_loadedAt) >= LoadPause))
            await LoadAsync(stop);
        lock (_lock)
            return Next(queues, isSweep);
    }

    private async Task LoadAsync(CancellationToken stop)
    {
        _loadedAt = Stopwatch.GetTimestamp();
        var lanes = await database.ListAsync("SELECT queue, priority FROM rota.lane",
            rows => new Lane(rows.GetInt32(0), rows.GetInt16(1)), stop);
        lock (_lock)
        {
            foreach (var lane in lanes)
                Of(lane);
        }
    }

    private Look? Next(IReadOnlyList<int> queues, bool isSweep)
    {
        var (lanes, from) = (new List<Lane>(), new List<long>());
        foreach (var queue in queues.Count > 0 ? queues : InTurn())
        {
            foreach (var (priority, state) in _queues.GetValueOrDefault(queue) ?? [])
            {
                if (!isSweep && state.HotSince == 0)
                    continue;
                lanes.Add(new Lane(queue, priority));
                from.Add(isSweep ? 0 : state.From);
            }
        }
        if (isSweep)
            _sweptAt = Stopwatch.GetTimestamp();
        return lanes.Count == 0 ? null : new Look(lanes, from, _version, isSweep);
    }

    /// <summary>All queues, the one behind the first one served last time first.</summary>
    private IEnumerable<int> InTurn()
    {
        var ordered = _queues.Keys.Order().ToList();
        var first = ordered.FindIndex(queue => queue > _lastQueue);
        return first <= 0 ? ordered : ordered.Skip(first).Concat(ordered.Take(first));
    }

    /// <summary>Learns from what a claim found.</summary>
    /// <param name="highest">By lane, the highest id found.</param>
    /// <param name="isFilled">The claim took all it wanted; it may have left some.</param>
    public void Learn(Look look, IReadOnlyDictionary<Lane, long> highest, bool isFilled)
    {
        lock (_lock)
        {
            var isServed = false;
            foreach (var lane in look.Lanes)
            {
                var state = Of(lane);
                if (highest.TryGetValue(lane, out var id))
                {
                    if (!isServed)
                        _lastQueue = lane.Queue;
                    isServed = true;
                    if (state.HotSince <= look.Version)
                        state.From = id + 1;
                }
                if (isFilled)
                    state.HotSince = Math.Max(state.HotSince, highest.ContainsKey(lane) ? 1 : state.HotSince);
                else if (state.HotSince <= look.Version)
                    state.HotSince = 0;
            }
            if (look.IsSweep)
                _sweepPause = Max(SweepPause, Stopwatch.GetElapsedTime(look.StartedAt) * SweepShare);
        }
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private State Of(Lane lane)
    {
        if (!_queues.TryGetValue(lane.Queue, out var lanes))
            _queues.Add(lane.Queue, lanes = []);
        if (!lanes.TryGetValue(lane.Priority, out var state))
            lanes.Add(lane.Priority, state = new State { From = long.MaxValue });
        return state;
    }
}
