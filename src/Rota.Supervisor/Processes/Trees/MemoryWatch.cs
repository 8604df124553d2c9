using Rota.Supervisor.Logs;

namespace Rota.Supervisor.Processes.Trees;

/// <summary>Looks every two seconds at what the running processes that have a limit hold in memory with their
/// descendants, and has those restarted that are above it. Lives on the loop thread.</summary>
/// <remarks>One reading of /proc serves all of them. The system's own limit of an address space (RLIMIT_AS) would be
/// another thing: it counts what is reserved and never used, and fails in the middle of the program.</remarks>
internal sealed class MemoryWatch(EventLoop loop, MainLog log)
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);

    private readonly Dictionary<SupervisedProcess, string> _runs = [];
    private bool _isLooking;
    private bool _hasFailed;

    /// <param name="run">Its mark.</param>
    public void Add(SupervisedProcess process, string run)
    {
        _runs[process] = run;
        if (_isLooking)
            return;
        _isLooking = true;
        loop.After(Between, Look);
    }

    public void Remove(SupervisedProcess process) => _runs.Remove(process);

    private void Look()
    {
        _isLooking = _runs.Count > 0;
        if (_isLooking)
            _ = LookAsync([.. _runs.Select(one => (one.Key, one.Key.Pid, one.Value))]);
    }

    private async Task LookAsync((SupervisedProcess Process, int Pid, string Run)[] limited)
    {
        await Task.Yield();
        List<(SupervisedProcess Process, string Run, long Bytes)> found = [];
        Exception? problem = null;
        try
        {
            var all = ProcessTree.Read();
            found = [.. limited.Select(one => (one.Process, one.Run, all.ResidentBytes(one.Pid, one.Run)))];
        }
        catch (Exception error)
        {
            problem = error;
        }
        loop.Post(() => Hear(found, problem));
    }

    private void Hear(List<(SupervisedProcess Process, string Run, long Bytes)> found, Exception? problem)
    {
        const long mega = 1 << 20;
        loop.After(Between, Look);
        if (problem is not null && !_hasFailed)
        {
            log.Warn("limit_memory: processes cannot be looked at, which is tried again every two seconds: "
                + problem.Message);
        }
        _hasFailed = problem is not null;
        foreach (var (process, run, bytes) in found)
        {
            if (_runs.GetValueOrDefault(process) == run && process.Config.Life.Limits.MemoryBytes is { } limit
                && bytes > limit)
                process.Restart($"its memory is {bytes / mega} MB, over limit_memory {limit / mega} MB");
        }
    }
}
