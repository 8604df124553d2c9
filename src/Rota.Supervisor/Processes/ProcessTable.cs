using Rota.Supervisor.Config;
using Rota.Supervisor.Events;
using Rota.Supervisor.Logs;

namespace Rota.Supervisor.Processes;

/// <summary>The active groups; lives on the loop thread.</summary>
internal sealed class ProcessTable
{
    private readonly ProcessSurroundings _around;
    private readonly List<ProcessGroup> _groups = [];

    public ProcessTable(ProcessSurroundings around)
    {
        _around = around;
        around.Waits.Find = Needed;
    }

    /// <summary>In the order of their adding.</summary>
    public IReadOnlyList<ProcessGroup> Groups => _groups;

    /// <summary>By priority; equal ones in the order of their adding.</summary>
    public IEnumerable<ProcessGroup> ByPriority => _groups.OrderBy(group => group.Config.Priority);

    /// <summary>In the order of starting.</summary>
    public IEnumerable<SupervisedProcess> All => ByPriority.SelectMany(group => group.Processes);

    public IEnumerable<SupervisedProcess> Unstopped => _groups.SelectMany(group => group.Unstopped);

    public IReadOnlyList<ProcessFacts> AllFacts() =>
    [
        .. _groups.OrderBy(group => group.Config.Name, StringComparer.Ordinal)
            .SelectMany(group => group.Processes.OrderBy(process => process.Config.Name, StringComparer.Ordinal))
            .Select(Facts),
    ];

    public ProcessFacts Facts(SupervisedProcess process) => ProcessFacts.Of(process, _around.Time.GetUtcNow());

    /// <exception cref="SupervisorFault">BAD_NAME.</exception>
    public ProcessGroup Group(string name) =>
        _groups.Find(group => group.Config.Name == name) ?? throw new SupervisorFault(FaultCode.BadName, name);

    /// <exception cref="SupervisorFault">BAD_NAME, also for all of a group.</exception>
    public SupervisedProcess Process(string name)
    {
        var (groupName, processName) = ProcessName.Parse(name);
        var group = _groups.Find(group => group.Config.Name == groupName);
        return group?.Processes.FirstOrDefault(process => process.Config.Name == processName)
            ?? throw new SupervisorFault(FaultCode.BadName, name);
    }

    /// <summary>One process, or all of a group by `group:*`.</summary>
    /// <exception cref="SupervisorFault">BAD_NAME.</exception>
    public IEnumerable<SupervisedProcess> Named(string name) =>
        ProcessName.Parse(name) is { Process: null } all ? Group(all.Group).Processes : [Process(name)];

    /// <summary>Whom a name of `depends_on` means: `group:process` or `group:*`; nobody while that is not there.
    /// </summary>
    public IEnumerable<SupervisedProcess> Needed(string name)
    {
        var (groupName, processName) = ProcessName.Parse(name);
        var processes = _groups.Find(group => group.Config.Name == groupName)?.Processes ?? [];
        return processes.Where(process => processName is null || process.Config.Name == processName);
    }

    /// <summary>To each process those that depend on it.</summary>
    public ILookup<SupervisedProcess, SupervisedProcess> Dependents() => _groups
        .SelectMany(group => group.Processes)
        .SelectMany(process => process.Config.Life.DependsOn.SelectMany(Needed)
            .Select(needed => (Needed: needed, Dependent: process)))
        .ToLookup(pair => pair.Needed, pair => pair.Dependent);

    /// <exception cref="SupervisorFault">ALREADY_ADDED, FAILED.</exception>
    public ProcessGroup Add(GroupConfig config, DaemonConfig daemon)
    {
        if (_groups.Exists(group => group.Config.Name == config.Name))
            throw new SupervisorFault(FaultCode.AlreadyAdded, config.Name);
        var group = Join(new(config, daemon, _around));
        _around.Events.Tell(new(EventNames.GroupAdded, $"groupname:{config.Name}\n"));
        return group;
    }

    /// <exception cref="SupervisorFault">BAD_NAME, STILL_RUNNING.</exception>
    public void Remove(string name)
    {
        var group = Group(name);
        if (group.Unstopped.Any())
            throw new SupervisorFault(FaultCode.StillRunning, name);
        group.IsRemoved = true;
        foreach (var process in group.Processes)
            process.Next.Cancel();
        if (group.Pool is { } pool)
            _around.Events.Remove(pool);
        _groups.Remove(group);
        _around.Events.Tell(new(EventNames.GroupRemoved, $"groupname:{name}\n"));
    }

    /// <summary>Starts what is to start by itself, unless it runs already.</summary>
    /// <param name="leftovers">Of a daemon that was killed.</param>
    public void Begin(Leftovers? leftovers)
    {
        leftovers?.TellOfUnknown(this, _around.Log);
        foreach (var group in ByPriority)
        {
            foreach (var process in group.Processes)
            {
                if (leftovers?.TryTake(process, group.Config.Kind, _around) is not true)
                    process.Next.AutoStart();
            }
        }
    }

    /// <summary>What a newly read file would change. A change of the environment of `[supervisord]` changes
    /// all.</summary>
    public ConfigDiff Compare(SupervisorConfig read)
    {
        var active = _groups.ToDictionary(group => group.Config.Name);
        return new(
            [.. read.Groups.Where(group => !active.ContainsKey(group.Name)).Select(group => group.Name)],
            [
                .. read.Groups.Where(group => active.TryGetValue(group.Name, out var known)
                    && (group != known.Config || !known.Environment.Equals(read.Daemon.Environment)))
                    .Select(group => group.Name),
            ],
            [.. _groups.Select(group => group.Config.Name).Except(read.Groups.Select(group => group.Name))]);
    }

    /// <summary>The groups of the former program; for listeners nothing has happened.</summary>
    public void Adopt(HandOver former)
    {
        _around.Events.Serial = former.EventSerial;
        _around.Commands.Adopt(former.Commands ?? []);
        foreach (var group in former.Groups)
            Join(ProcessGroup.Adopt(group, former.Running.Daemon, _around));
    }

    /// <summary>All of it, for <see cref="Adopt"/> in the next program.</summary>
    public HandOver Save(SupervisorConfig running,
        IReadOnlyDictionary<SupervisedProcess, (PipeHandOver? Stdout, PipeHandOver? Stderr)> pipes) =>
        new(running, _around.Events.Serial, [.. _groups.Select(group => group.Save(pipes))],
            _around.Commands.Save());

    private ProcessGroup Join(ProcessGroup group)
    {
        _groups.Add(group);
        if (group.Pool is { } pool)
            _around.Events.Add(pool);
        return group;
    }

    public void ReopenLogs()
    {
        foreach (var process in All)
            process.Outputs.Reopen();
    }
}
