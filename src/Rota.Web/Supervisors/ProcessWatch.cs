using Rota.Supervisor.Client;
using Rota.Supervisor.Processes;

namespace Rota.Web.Supervisors;

/// <summary>What a look at the processes of one supervisor found new.</summary>
/// <param name="IsFirstSight">Nobody looked before: it may have been so for long.</param>
internal sealed record ProcessChange(ProcessName Name, EventType Type, string Text, bool IsFirstSight);

/// <summary>Compares looks at the processes of one supervisor: counts restarts, and notices who is given up or flaps.
/// </summary>
/// <remarks>A process flaps when it was restarted 3 times within 60 s without anybody having stopped it; one that never
/// gets up is in BACKOFF, and FATAL in the end, which is told by itself. A process has recovered when it runs after
/// FATAL, or has run for 60 s without another restart. Not thread-safe for looks; <see cref="Of"/> may be read
/// meanwhile.</remarks>
internal sealed class ProcessWatch
{
    public const int FlappingRestarts = 3;
    public static readonly TimeSpan FlappingWithin = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly Dictionary<ProcessName, Memory> _known = [];
    private bool _hasLooked;

    /// <summary>How often it was restarted, and whether it flaps. Our daemon counts from its own start on, of others
    /// what was seen counts.</summary>
    public (int Restarts, bool IsFlapping) Of(ProcessName name)
    {
        lock (_lock)
            return _known.TryGetValue(name, out var memory) ? (memory.Restarts, memory.IsFlapping) : default;
    }

    /// <param name="now">Of looks one after the other.</param>
    public IReadOnlyList<ProcessChange> See(IReadOnlyList<ProcessInfo> processes, DateTimeOffset now)
    {
        lock (_lock)
        {
            foreach (var gone in _known.Keys.Except(processes.Select(process => process.Name)).ToList())
                _known.Remove(gone);
            var changes = processes.Select(process => See(process, now)).OfType<ProcessChange>().ToList();
            _hasLooked = true;
            return changes;
        }
    }

    private ProcessChange? See(ProcessInfo process, DateTimeOffset now)
    {
        if (!_known.TryGetValue(process.Name, out var memory))
            _known[process.Name] = memory = new Memory(process);
        else
            Count(process, memory, now);
        memory.Last = process;
        return Change(process, memory, now) is { } change
            ? new ProcessChange(process.Name, change.Type, change.Text, !_hasLooked)
            : null;
    }

    private static void Count(ProcessInfo process, Memory memory, DateTimeOffset now)
    {
        var last = memory.Last;
        if (process.StartedAt is null || (process.StartedAt == last.StartedAt && process.Spawns == last.Spawns))
            return;
        var isByHand = last.State is ProcessState.Stopped or ProcessState.Stopping or ProcessState.Fatal;
        if (process.Spawns is { } spawns)
            memory.Restarts = spawns - 1;
        else if (!isByHand)
            memory.Restarts++;
        if (isByHand || last.State == ProcessState.Backoff
            || process.State is ProcessState.Backoff or ProcessState.Fatal)
            return;
        for (var times = Math.Min(FlappingRestarts, process.Spawns - last.Spawns ?? 1); times > 0; times--)
            memory.Recent.Enqueue(now);
        while (memory.Recent.Count > FlappingRestarts)
            memory.Recent.Dequeue();
    }

    private static (EventType Type, string Text)? Change(ProcessInfo process, Memory memory, DateTimeOffset now)
    {
        while (memory.Recent.TryPeek(out var oldest) && now - oldest > FlappingWithin)
            memory.Recent.Dequeue();
        var (wasFatal, wasFlapping) = (memory.IsFatal, memory.IsFlapping);
        memory.IsFatal = process.State == ProcessState.Fatal || (wasFatal && process.State != ProcessState.Running
            && process.State != ProcessState.Stopped);
        memory.IsFlapping = process.State is not (ProcessState.Fatal or ProcessState.Stopped)
            && (memory.Recent.Count >= FlappingRestarts || (wasFlapping && memory.Recent.Count > 0));
        if (memory.IsFatal && !wasFatal)
            return (EventType.ProcessFatal, process.Error.Length > 0 ? process.Error : "It was given up.");
        if (memory.IsFlapping && !wasFlapping)
            return (EventType.ProcessFlapping,
                $"It was restarted {FlappingRestarts} times within {FlappingWithin.TotalSeconds:0} s.");
        if ((wasFatal || wasFlapping) && !memory.IsFatal && !memory.IsFlapping && process.State == ProcessState.Running)
            return (EventType.ProcessRecovered, wasFatal ? "It runs again."
                : $"It was not restarted for {FlappingWithin.TotalSeconds:0} s.");
        return null;
    }

    private sealed class Memory(ProcessInfo first)
    {
        public ProcessInfo Last { get; set; } = first;

        public int Restarts { get; set; } = (first.Spawns ?? 1) - 1;

        /// <summary>When it was restarted; the newest few.</summary>
        public Queue<DateTimeOffset> Recent { get; } = new();

        public bool IsFatal { get; set; }

        public bool IsFlapping { get; set; }
    }
}
