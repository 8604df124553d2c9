using Rota.Supervisor.Logs;

namespace Rota.Supervisor.Processes.Dependencies;

/// <summary>The processes that wait for others to be ready before they start. Lives on the loop thread.</summary>
/// <remarks>Who waits keeps the state it has: nothing of it is being started. After each move of any process it is
/// looked at who may go on.</remarks>
internal sealed class DependencyWaits(EventLoop loop, MainLog log)
{
    private readonly Dictionary<SupervisedProcess, HashSet<string>> _waiting = [];
    private bool _isPosted;

    /// <summary>The processes that a name of `depends_on` means; none while their group is not active.</summary>
    public Func<string, IEnumerable<SupervisedProcess>> Find { get; set; } = _ => [];

    /// <summary>What this process still waits for: `db`, `cache:worker (FATAL)`; empty when it may start.</summary>
    public IReadOnlyList<string> Missing(SupervisedProcess process)
    {
        if (process.Config.Life.DependsOn.Count == 0)
            return [];
        List<string> missing = [];
        foreach (var name in process.Config.Life.DependsOn)
        {
            var found = Find(name).ToList();
            missing.AddRange(found.Where(needed => !needed.IsReady).Select(Describe));
            if (found.Count == 0)
                missing.Add(ProcessName.Parse(name).ToString());
        }
        return missing;
    }

    /// <summary>Waits until nothing is missing, then calls <see cref="NextStart.GoOn"/>.</summary>
    public void Add(SupervisedProcess process)
    {
        if (_waiting.TryAdd(process, []))
            log.Info($"{process.Config.Name} waits for {string.Join(", ", Missing(process))} to be ready");
        SayFatal(process);
    }

    public void Remove(SupervisedProcess process) => _waiting.Remove(process);

    /// <summary>Some process has moved, or a group was added.</summary>
    public void Note()
    {
        if (_waiting.Count == 0 || _isPosted)
            return;
        _isPosted = true;
        loop.Post(Look);
    }

    private void Look()
    {
        _isPosted = false;
        foreach (var process in _waiting.Keys.ToList())
        {
            if (Missing(process).Count > 0)
            {
                SayFatal(process);
                continue;
            }
            _waiting.Remove(process);
            process.Next.GoOn();
        }
    }

    /// <summary>Once for each of them in one wait.</summary>
    private void SayFatal(SupervisedProcess process)
    {
        foreach (var needed in process.Config.Life.DependsOn.SelectMany(Find))
        {
            if (needed.State == ProcessState.Fatal && _waiting[process].Add(needed.FullName))
                log.Warn($"{process.Config.Name} waits for {needed.FullName}, which is FATAL: start that first");
        }
    }

    private static string Describe(SupervisedProcess needed) =>
        needed.State == ProcessState.Fatal ? $"{needed.FullName} (FATAL)" : needed.FullName;
}
