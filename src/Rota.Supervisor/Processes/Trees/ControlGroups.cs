using System.Text;
using Rota.Supervisor.Config;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes.Trees;

/// <summary>Gives each run that asks for it a control group of its own: `rota-PID/GROUP:NAME`. Lives on the loop
/// thread.</summary>
/// <remarks>
/// Asked for by `stop_tree`, `limit_memory` and `limit_cpu`; nobody else pays for it. A group belongs to one run: what
/// it leaves running keeps it, and the next run gets another by the name with `~2`. A group is removed after its run's
/// end, when nothing in it lives any more. Where there are no control groups, `limit_cpu` cannot be held, which is
/// warned of; the other two have their ways through /proc.
/// </remarks>
internal sealed class ControlGroups(EventLoop loop, MainLog log)
{
    private const int LongestName = 200;
    private const int SameNameMax = 100;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    private readonly List<ControlGroup> _left = [];
    private readonly HashSet<string> _told = [];
    private ControlHome? _home;
    private LoopTimer? _next;

    /// <summary>Null when the run needs none or cannot have one; then the log says what that means.</summary>
    public ControlGroup? Make(SupervisedProcess process)
    {
        var life = process.Config.Life;
        if (!Asks(life))
            return null;
        var problem = Prepare();
        var (cpu, memory) = (problem, problem);
        if (problem is null && life.Limits.CpuCores is not null)
            cpu = _home!.Enable("cpu");
        if (problem is null && life.Limits.MemoryBytes is not null)
            memory = _home!.Enable("memory");
        var isUseful = life.StopTree && problem is null || life.Limits.CpuCores is not null && cpu is null
            || life.Limits.MemoryBytes is not null && memory is null;
        var group = isUseful ? MakeFor(process, out problem) : null;
        group?.Limit(life.Limits);
        Tell(life, problem, cpu, memory, group);
        return group;
    }

    /// <summary>The group in which the child of a former daemon, or of this one's former program, is; its limits are
    /// set anew. Null when it has none.</summary>
    public ControlGroup? Find(SupervisedProcess process, int pid)
    {
        var life = process.Config.Life;
        _home ??= ControlHome.Find(out _);
        if (!Asks(life) || _home?.GroupOf(pid) is not { } group)
            return null;
        group.Limit(life.Limits);
        return group;
    }

    /// <summary>Its run is over.</summary>
    public void Release(ControlGroup? group)
    {
        if (group is null || group.TryRemove())
            return;
        _left.Add(group);
        TryAgain();
    }

    /// <summary>After an upgrade: what earlier runs left may still be there. The group of a run that lives is not
    /// empty.</summary>
    public void TakeUp()
    {
        _home ??= ControlHome.Find(out _);
        _left.AddRange(_home?.Groups() ?? []);
        if (_left.Count > 0)
            TryAgain();
    }

    /// <summary>The daemon ends, and all processes have. What lives in a group still keeps it.</summary>
    public void Close()
    {
        _left.RemoveAll(group => group.TryRemove());
        _home?.Remove();
    }

    private static bool Asks(LifeConfig life) =>
        life.StopTree || life.Limits.CpuCores is not null || life.Limits.MemoryBytes is not null;

    private string? Prepare()
    {
        string? problem = null;
        _home ??= ControlHome.Find(out problem);
        return _home is null ? problem : _home.Make();
    }

    private ControlGroup? MakeFor(SupervisedProcess process, out string? problem)
    {
        var name = $"{_home!.Folder}/{Name(process)}";
        var (folder, error) = (name, Files.MakeFolder(name));
        for (var number = 2; error == Errno.Exists && number <= SameNameMax; number++)
        {
            folder = $"{name}~{number}";
            error = Files.MakeFolder(folder);
        }
        problem = error == 0 ? null : $"{folder} cannot be made ({Errno.Message(error)})";
        if (error != 0)
            return null;
        // Another run's by this name, gone since: the group is not its to remove any more.
        _left.RemoveAll(left => left.Folder == folder);
        return new(folder);
    }

    /// <summary>Once for each option: programs that start again and again do not fill the log.</summary>
    private void Tell(LifeConfig life, string? problem, string? cpu, string? memory, ControlGroup? group)
    {
        if (life.Limits.CpuCores is not null && group is not { HoldsCpu: true })
            Say(LogLevel.Warn, "limit_cpu is not enforced", cpu ?? problem ?? "the system refused the limit");
        if (life.Limits.MemoryBytes is not null && (memory ?? problem) is { } noMemory)
            Say(LogLevel.Info, "limit_memory is looked after every two seconds, not held by the system", noMemory);
        if (life.StopTree && problem is not null)
            Say(LogLevel.Info, "stop_tree goes by /proc alone", problem);
    }

    private void Say(LogLevel level, string what, string problem)
    {
        if (_told.Add(what))
            log.Say(level, $"{what}: {problem}");
    }

    private void TryAgain() => _next ??= loop.After(BetweenTries, () =>
    {
        _next = null;
        _left.RemoveAll(group => group.TryRemove());
        if (_left.Count > 0)
            TryAgain();
    });

    /// <summary>`group:name`, which is no name of the system's own files, with %2F for a slash and the like; cut where
    /// it is too long for a folder.</summary>
    private static string Name(SupervisedProcess process)
    {
        var name = new StringBuilder();
        var bytes = 0;
        foreach (var rune in $"{process.Group}:{process.Config.Name}".EnumerateRunes())
        {
            var text = Rune.IsControl(rune) || rune.Value is '/' or '%' ? $"%{rune.Value:X2}" : rune.ToString();
            bytes += Encoding.UTF8.GetByteCount(text);
            if (bytes > LongestName)
                break;
            name.Append(text);
        }
        return name.ToString();
    }
}
