using System.Diagnostics;
using Rota.Queues;

namespace Rota.Postgres;

/// <summary>What this process knows of lanes: which may hold ready jobs, and below which id there is nothing to find.
/// </summary>
/// <remarks>
/// The mark of a lane keeps a claim from walking over index entries of jobs that are long gone, of which a long
/// transaction anywhere can keep millions. A claim raises it to what it left, but not above the jobs that were told
/// while the claim was on its way. A mark may be too high even so, when a job is told late or not at all: being told
/// lowers it again, and now and then a sweep looks at every lane from its beginning. One claim at a time is on its way.
/// </remarks>
internal sealed class LaneBook(PostgresDatabase database)
{
    private const int LookMax = 256;
    private static readonly TimeSpan SweepPauseUntold = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LoadPause = TimeSpan.FromSeconds(5);

    private const long Nothing = long.MaxValue;

    /// <summary>From one sweep to the next at least. A test that follows a mark may raise it.</summary>
    internal TimeSpan SweepPause { get; set; } = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<int, SortedDictionary<int, State>> _queues = [];
    private volatile HashSet<int>? _limited;
    private readonly Pace _sweeps = new();
    private long _version = 1;
    private long _loadedAt;
    private int _lastQueue;
    private bool _isOutdated = true;

    private sealed class State(long version)
    {
        private const int NewsMax = 64;

        // The jobs told, in that order, but for those that a lower id followed: ids rise in it as versions do.
        private readonly List<(long Version, long Id)> _news = [];
        private bool _isShut;
        private long _openedAt;

        public long From { get; private set; }

        /// <summary>When somebody said that it holds jobs; 0 after a claim found it empty.</summary>
        public long HotSince { get; private set; } = version;

        public void Suspect(long version)
        {
            _news.Clear();
            (From, HotSince, _isShut) = (0, version, false);
        }

        public void Heat(long id, long version)
        {
            while (_news.Count > 0 && _news[^1].Id >= id)
                _news.RemoveAt(_news.Count - 1);
            if (_news.Count < NewsMax)
                _news.Add((version, id));
            else // it joins the last one: as low as that, and kept as long as this
                _news[^1] = (version, _news[^1].Id);
            (From, HotSince) = (Math.Min(From, id), _isShut ? 0 : version);
        }

        /// <summary>A claim that looked at this version left what the limit of its queue left no room for.</summary>
        public void Shut(long version)
        {
            if (HotSince != 0 && HotSince <= version && _openedAt <= version)
                (HotSince, _isShut) = (0, true);
        }

        /// <summary>What was left in it for want of room may be taken now.</summary>
        public void Open(long version)
        {
            _openedAt = version; // also for a claim on its way, which may not have seen it
            if (_isShut)
                (HotSince, _isShut) = (version, false);
        }

        /// <summary>A claim that looked at this version left nothing below this id.</summary>
        public void Raise(long from, long version)
        {
            _news.RemoveAll(told => told.Version <= version);
            From = _news.Count > 0 ? Math.Min(from, _news[0].Id) : from;
        }

        /// <summary>A claim that looked at this version left nothing.</summary>
        public void Cool(long version)
        {
            if (HotSince <= version)
                HotSince = 0;
        }
    }

    /// <summary>Where one claim looks.</summary>
    /// <param name="Lanes">In the order in which they are served.</param>
    /// <param name="From">Of each, the id to begin with.</param>
    /// <param name="Limited">Of their queues those that are limited, of which one lane each is looked at.</param>
    /// <param name="IsWhole">No lane that may hold jobs was left out.</param>
    public sealed record Look(IReadOnlyList<Lane> Lanes, IReadOnlyList<long> From, IReadOnlyList<int> Limited,
        long Version, bool IsSweep, bool IsWhole)
    {
        public long BeganAt { get; } = Stopwatch.GetTimestamp();

        public long FromOf(Lane lane)
        {
            for (var at = 0; at < Lanes.Count; at++)
            {
                if (Lanes[at] == lane)
                    return From[at];
            }
            return Nothing;
        }
    }

    /// <summary>What a claim found in a lane.</summary>
    /// <param name="Next">The id at which the next claim begins.</param>
    /// <param name="MayHoldMore">It left some.</param>
    public readonly record struct Found(long Next, bool MayHoldMore);

    /// <summary>A job became ready.</summary>
    public void Heat(Lane lane, long id)
    {
        lock (_lock)
        {
            _version++;
            if (Find(lane) is { } state)
                state.Heat(id, _version);
            else
                _isOutdated = true; // another process made it
        }
    }

    /// <summary>Nothing waits in it, as far as was told.</summary>
    public bool IsCold(Lane lane)
    {
        lock (_lock)
            return Find(lane) is { HotSince: 0 };
    }

    /// <summary>The queue is limited, or that is not known: of its jobs so many run at once and no more.</summary>
    public bool IsLimited(int queue) => _limited is not { } limited || limited.Contains(queue);

    /// <summary>A job of a limited queue ended, so that there may be room for the next one.</summary>
    public void Open(int queue)
    {
        lock (_lock)
        {
            _version++;
            foreach (var state in (_queues.GetValueOrDefault(queue) ?? []).Values)
                state.Open(_version);
        }
    }

    /// <summary>Jobs of these queues end.</summary>
    public void Open(IEnumerable<string> queues)
    {
        if (_limited is { Count: 0 })
            return;
        foreach (var queue in queues.Distinct().Select(database.Words.Number).Where(IsLimited))
            Open(queue);
    }

    /// <summary>Nothing is known any more: news were missed, or queues are ruled otherwise.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _isOutdated = true;
            _sweeps.Hurry();
        }
    }

    /// <summary>There is this lane, which others may have filled already.</summary>
    public void Add(Lane lane)
    {
        lock (_lock)
            AddNew(lane);
    }

    /// <summary>Where to look now; null when there is nothing that could be found.</summary>
    /// <param name="queues">In strict order; empty for all in turn that are open to the node.</param>
    public async Task<Look?> NextAsync(IReadOnlyList<int> queues, string node, CancellationToken stop)
    {
        bool isSweep, isOutdated;
        lock (_lock)
        {
            isSweep = _sweeps.IsDue;
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
            _isOutdated = false; // before it reads: another one may come meanwhile
        List<(Lane Lane, string Queue)> lanes;
        List<int> limited;
        try
        {
            lanes = await database.ListAsync("""
                SELECT lane.queue, lane.priority, word.text
                FROM (SELECT DISTINCT queue, priority FROM rota.route) AS lane
                JOIN rota.word ON word.id = lane.queue
                """, rows => (new Lane(rows.GetInt32(0), rows.GetInt16(1)), rows.GetString(2)), stop);
            limited = await database.ListAsync(
                "SELECT id FROM rota.queue WHERE max_running IS NOT NULL", rows => rows.GetInt32(0), stop);
        }
        catch
        {
            lock (_lock)
                _isOutdated = true;
            throw;
        }
        lock (_lock)
        {
            _loadedAt = Stopwatch.GetTimestamp();
            _limited = [.. limited];
            foreach (var (lane, queue) in lanes)
            {
                database.Words.Keep(lane.Queue, queue);
                AddNew(lane);
            }
        }
    }

    private Look? Next(IEnumerable<int> queues, bool isSweep)
    {
        if (isSweep)
            Suspect();
        var (lanes, from, limited, isWhole) = (new List<Lane>(), new List<long>(), new List<int>(), true);
        foreach (var queue in queues)
        {
            foreach (var (priority, state) in _queues.GetValueOrDefault(queue) ?? [])
            {
                if (state.HotSince == 0)
                    continue;
                if (!isSweep && lanes.Count == LookMax)
                    return new Look(lanes, from, limited, _version, isSweep, IsWhole: false);
                if (limited.Count > 0 && limited[^1] == queue)
                {
                    isWhole = false; // its lanes share the room that is left: they are looked at one after the other
                    break;
                }
                lanes.Add(new Lane(queue, priority));
                from.Add(state.From);
                if (IsLimited(queue))
                    limited.Add(queue);
            }
        }
        return lanes.Count == 0 ? null : new Look(lanes, from, limited, _version, isSweep, isWhole);
    }

    /// <summary>Every lane may hold jobs anywhere.</summary>
    private void Suspect()
    {
        foreach (var state in _queues.Values.SelectMany(lanes => lanes.Values))
            state.Suspect(_version);
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
    /// <param name="found">The lanes in which it found jobs.</param>
    /// <param name="served">The queue of the first job that it took; null when it took none.</param>
    /// <param name="isFilled">The claim saw as many jobs as it wanted: the last of these lanes may hold more, and those
    /// behind it were not looked at.</param>
    /// <param name="full">The limited queues in which there is no room any more.</param>
    public void Learn(Look look, IReadOnlyDictionary<Lane, Found> found, int? served, bool isFilled,
        IReadOnlySet<int> full)
    {
        lock (_lock)
        {
            _lastQueue = served ?? _lastQueue;
            var last = look.Lanes.Count - 1;
            while (last >= 0 && !found.ContainsKey(look.Lanes[last]))
                last--;
            for (var at = 0; at < look.Lanes.Count; at++)
                Learn(look, at, found, mayHoldMore: (isFilled && at >= last) || full.Contains(look.Lanes[at].Queue));
            foreach (var state in full.SelectMany(queue => _queues[queue].Values))
                state.Shut(look.Version);
            if (look.IsSweep)
            {
                // Where no news come, sweeping is all there is.
                _sweeps.Done(look.BeganAt, database.Wakeups.IsListening ? SweepPause : SweepPauseUntold);
            }
        }
    }

    private void Learn(Look look, int at, IReadOnlyDictionary<Lane, Found> found, bool mayHoldMore)
    {
        var state = Find(look.Lanes[at])!; // a lane is never forgotten
        var isFound = found.TryGetValue(look.Lanes[at], out var jobs);
        if (isFound || !mayHoldMore)
            state.Raise(isFound ? jobs.Next : Nothing, look.Version);
        if (!mayHoldMore && !jobs.MayHoldMore)
            state.Cool(look.Version);
    }

    private State? Find(Lane lane) => _queues.GetValueOrDefault(lane.Queue)?.GetValueOrDefault(lane.Priority);

    private void AddNew(Lane lane)
    {
        if (Find(lane) is not null)
            return;
        if (!_queues.TryGetValue(lane.Queue, out var lanes))
            _queues.Add(lane.Queue, lanes = []);
        lanes.Add(lane.Priority, new State(_version));
    }
}
