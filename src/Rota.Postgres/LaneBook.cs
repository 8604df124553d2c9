using System.Diagnostics;
using Rota.Queues;

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
    private const int LookMax = 256;
    private static readonly TimeSpan SweepPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SweepPauseUntold = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LoadPause = TimeSpan.FromSeconds(5);

    private const long Nothing = long.MaxValue;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, SortedDictionary<int, State>> _queues = [];
    private long _version = 1;
    private long _loadedAt;
    private long _sweptAt;
    private TimeSpan _sweepPause;
    private int _lastQueue;
    private bool _isOutdated = true;

    private sealed class State
    {
        public long From { get; set; }

        /// <summary>When somebody said that it holds jobs; 0 after a claim found it empty.</summary>
        public long HotSince { get; set; }
    }

    /// <summary>Where one claim looks.</summary>
    /// <param name="Lanes">In the order in which they are served.</param>
    /// <param name="From">Of each, the id to begin with.</param>
    /// <param name="IsWhole">No lane that may hold jobs was left out.</param>
    public sealed record Look(
        IReadOnlyList<Lane> Lanes, IReadOnlyList<long> From, long Version, bool IsSweep, bool IsWhole)
    {
        public long StartedAt { get; } = Stopwatch.GetTimestamp();
    }

    /// <summary>A job became ready.</summary>
    public void Heat(Lane lane, long id)
    {
        lock (_lock)
        {
            _version++;
            if (Find(lane) is { } state)
                (state.From, state.HotSince) = (Math.Min(state.From, id), _version);
            else
                _isOutdated = true; // another process made it
        }
    }

    /// <summary>Nothing is known any more: news were missed.</summary>
    public void Forget()
    {
        lock (_lock)
            _sweptAt = 0;
    }

    /// <summary>Makes sure that other processes can know of a lane.</summary>
    public async ValueTask AddAsync(Lane lane, CancellationToken stop)
    {
        lock (_lock)
        {
            if (Find(lane) is not null)
                return;
        }
        await database.RunAsync("INSERT INTO rota.lane (queue, priority) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            stop, lane.Queue, lane.Priority);
        lock (_lock)
        {
            if (Find(lane) is null)
                Add(lane, Nothing);
        }
    }

    /// <summary>Where to look now; null when there is nothing that could be found.</summary>
    /// <param name="queues">In strict order; empty for all in turn that are open to the node.</param>
    public async Task<Look?> NextAsync(IReadOnlyList<int> queues, string node, CancellationToken stop)
    {
        bool isSweep, isOutdated;
        lock (_lock)
        {
            isSweep = _sweptAt == 0 || Stopwatch.GetElapsedTime(_sweptAt) >= _sweepPause;
            isOutdated = _isOutdated || (isSweep && Stopwatch.GetElapsedTime(_loadedAt) >= LoadPause);
        }
        if (isOutdated)
            await LoadAsync(stop);
        lock (_lock)
            return Next(queues.Count > 0 ? queues : InTurn(node), isSweep);
    }

    private async Task LoadAsync(CancellationToken stop)
    {
        lock (_lock)
            (_loadedAt, _isOutdated) = (Stopwatch.GetTimestamp(), false);
        var lanes = await database.ListAsync("""
            SELECT l.queue, l.priority, w.text
            FROM rota.lane l
            JOIN rota.word w ON w.id = l.queue
            """, rows => (Lane: new Lane(rows.GetInt32(0), rows.GetInt16(1)), Queue: rows.GetString(2)), stop);
        lock (_lock)
        {
            foreach (var (lane, queue) in lanes)
            {
                database.Words.Keep(lane.Queue, queue);
                if (Find(lane) is null)
                    Add(lane, from: 0);
            }
        }
    }

    private Look? Next(IEnumerable<int> queues, bool isSweep)
    {
        if (isSweep)
            Suspect();
        var (lanes, from) = (new List<Lane>(), new List<long>());
        foreach (var queue in queues)
        {
            foreach (var (priority, state) in _queues.GetValueOrDefault(queue) ?? [])
            {
                if (state.HotSince == 0)
                    continue;
                if (!isSweep && lanes.Count == LookMax)
                    return new Look(lanes, from, _version, isSweep, IsWhole: false);
                lanes.Add(new Lane(queue, priority));
                from.Add(state.From);
            }
        }
        return lanes.Count == 0 ? null : new Look(lanes, from, _version, isSweep, IsWhole: true);
    }

    /// <summary>Every lane may hold jobs anywhere.</summary>
    private void Suspect()
    {
        _sweptAt = Stopwatch.GetTimestamp();
        foreach (var state in _queues.Values.SelectMany(lanes => lanes.Values))
            (state.From, state.HotSince) = (0, _version);
    }

    /// <summary>All queues, the one behind the first one served last time first.</summary>
    private IEnumerable<int> InTurn(string node)
    {
        var ordered = _queues.Keys
            .Where(queue => database.Words.Find(queue) is { } name && NodeQueue.IsOpenTo(name, node))
            .Order().ToList();
        var first = ordered.FindIndex(queue => queue > _lastQueue);
        return first <= 0 ? ordered : ordered.Skip(first).Concat(ordered.Take(first));
    }

    /// <summary>Learns from what a claim found.</summary>
    /// <param name="highest">By lane, the highest id found.</param>
    /// <param name="isFilled">The claim took all it wanted: the last lane served may hold more, and those behind it
    /// were not looked at.</param>
    public void Learn(Look look, IReadOnlyDictionary<Lane, long> highest, bool isFilled)
    {
        lock (_lock)
        {
            var first = IndexOf(look.Lanes, highest.ContainsKey, 0, +1);
            var last = IndexOf(look.Lanes, highest.ContainsKey, look.Lanes.Count - 1, -1);
            if (first >= 0)
                _lastQueue = look.Lanes[first].Queue;
            for (var at = 0; at < look.Lanes.Count; at++)
                Learn(look, at, highest, mayHoldMore: isFilled && at >= last);
            if (look.IsSweep)
            {
                // Where no news come, sweeping is all there is.
                _sweepPause = Max(database.Wakeups.IsListening ? SweepPause : SweepPauseUntold,
                    Stopwatch.GetElapsedTime(look.StartedAt) * SweepShare);
            }
        }
    }

    private void Learn(Look look, int at, IReadOnlyDictionary<Lane, long> highest, bool mayHoldMore)
    {
        var state = Find(look.Lanes[at])!; // a lane is never forgotten
        if (state.HotSince > look.Version)
            return; // newer news stand
        if (highest.TryGetValue(look.Lanes[at], out var id))
            state.From = id + 1;
        if (!mayHoldMore)
            state.HotSince = 0;
    }

    private static int IndexOf(IReadOnlyList<Lane> lanes, Func<Lane, bool> fits, int at, int step)
    {
        while (at >= 0 && at < lanes.Count && !fits(lanes[at]))
            at += step;
        return at < lanes.Count ? at : -1;
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private State? Find(Lane lane) => _queues.GetValueOrDefault(lane.Queue)?.GetValueOrDefault(lane.Priority);

    private void Add(Lane lane, long from)
    {
        if (!_queues.TryGetValue(lane.Queue, out var lanes))
            _queues.Add(lane.Queue, lanes = []);
        lanes.Add(lane.Priority, new State { From = from, HotSince = from == Nothing ? 0 : _version });
    }
}
