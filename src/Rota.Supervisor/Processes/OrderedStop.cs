namespace Rota.Supervisor.Processes;

/// <summary>Stops everything: one group after the other, the highest priority number first, and the next only when all
/// of a group has stopped. Lives on the loop thread.</summary>
internal sealed class OrderedStop(ProcessTable table, ProcessSurroundings around, Action onDone)
{
    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(3);

    private readonly Stack<ProcessGroup> _left = new(table.ByPriority);
    private LoopTimer? _report;

    public void Start()
    {
        // Posted: the process that has just moved is first done with what it is doing.
        foreach (var group in _left)
            group.OnMoved = () => around.Loop.Post(Continue);
        if (_left.TryPeek(out var last))
            last.StopForGood();
        Report();
        around.Loop.Post(Continue);
    }

    private void Continue()
    {
        while (_left.TryPeek(out var group) && !group.Unstopped.Any())
        {
            _left.Pop();
            if (_left.TryPeek(out var next))
                next.StopForGood();
        }
        if (_left.Count > 0 || _report is null)
            return;
        _report.Cancel();
        _report = null;
        onDone();
    }

    private void Report()
    {
        var names = table.Unstopped.Select(process => process.Config.Name).ToList();
        if (names.Count > 0)
            around.Log.Info($"waiting for {string.Join(", ", names)} to die");
        _report = around.Loop.After(BetweenReports, Report);
    }
}
