namespace Rota.Supervisor.Processes;

/// <summary>Stops everything: one group after the other, the highest priority number first, and the next only when all
/// of a group has stopped. Before a process those stop that depend on it, whatever their priority. Lives on the loop
/// thread.</summary>
internal sealed class OrderedStop(ProcessTable table, ProcessSurroundings around, Action onDone)
{
    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(3);

    private readonly Stack<ProcessGroup> _left = new(table.ByPriority);
    private readonly ILookup<SupervisedProcess, SupervisedProcess> _dependents = table.Dependents();
    private readonly HashSet<SupervisedProcess> _held = [];
    private LoopTimer? _report;

    public void Start()
    {
        // Posted: the process that has just moved is first done with what it is doing.
        foreach (var group in _left)
            group.OnMoved = () => around.Loop.Post(Continue);
        if (_left.TryPeek(out var last))
            Stop(last);
        Report();
        around.Loop.Post(Continue);
    }

    private void Continue()
    {
        foreach (var process in _held.ToList())
            Stop(process, []);
        while (_left.TryPeek(out var group) && !group.Unstopped.Any())
        {
            _left.Pop();
            if (_left.TryPeek(out var next))
                Stop(next);
        }
        if (_left.Count > 0 || _report is null)
            return;
        _report.Cancel();
        _report = null;
        onDone();
    }

    /// <summary>All at once, the highest priority number first.</summary>
    private void Stop(ProcessGroup group)
    {
        foreach (var process in group.Processes.Reverse())
            Stop(process, []);
    }

    /// <param name="path">Those that are held for this one. A change of the file can make circles of what runs; there
    /// nobody is held for ever.</param>
    private void Stop(SupervisedProcess process, HashSet<SupervisedProcess> path)
    {
        path.Add(process);
        var first = _dependents[process].Where(other => !other.State.IsStopped && !path.Contains(other)).ToList();
        if (first.Count > 0)
        {
            _held.Add(process);
            first.ForEach(other => Stop(other, path));
            return;
        }
        _held.Remove(process);
        process.StopForGood();
    }

    private void Report()
    {
        var names = table.Unstopped.Select(process => process.Config.Name).ToList();
        if (names.Count > 0)
            around.Log.Info($"waiting for {string.Join(", ", names)} to die");
        _report = around.Loop.After(BetweenReports, Report);
    }
}
