using System.Globalization;
using System.Text;
using Rota.Supervisor.Config;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes.Trees;

/// <summary>Gives each run that asks for it a control group of its own: `rota-PID/GROUP:NAME~NUMBER`. Lives on the loop
/// thread.</summary>
/// <remarks>
/// Asked for by `stop_tree`, `limit_memory` and `limit_cpu`; nobody else pays for it. A group belongs to one run: what
/// it leaves running keeps it. Its number is given once: who still ends the rest of an earlier run, which happens on
/// other threads, never meets a later one. A group is removed after its run's end, when nothing in it lives any more.
/// Where there are no control groups, `limit_cpu` cannot be held, which is warned of; the other two have their ways
/// through /proc.
/// </remarks>
internal sealed class ControlGroups(EventLoop loop, MainLog log)
{
    private const int LongestName = 200;
    private const int TakenMax = 100;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    private readonly List<ControlGroup> _left = [];
    private readonly HashSet<string> _adopted = [];
    private readonly HashSet<string> _told = [];
    private long _made;
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
        _adopted.Add(group.Folder);
        if (long.TryParse(group.Folder.Split('~')[^1], CultureInfo.InvariantCulture, out var number))
            _made = Math.Max(_made, number);
        return group;
    }

    /// <summary>The child has had the time to enter its group. Where it is still with the daemon, it is put in there by
    /// this one; when the system does not let it in at all, the log says what that means.</summary>
    public void CheckEntry(SupervisedProcess process, ControlGroup group)
    {
        if (_home!.IsBesideDaemon(process.Pid)
            && group.Take(process.Pid) is var error and not (0 or Errno.NoProcess))
            TellOutside(process, $"{group.Folder} cannot be entered ({Errno.Message(error)})");
    }

    /// <summary>Once for each option of a process.</summary>
    /// <param name="problem">Why it runs outside of its group.</param>
    public void TellOutside(SupervisedProcess process, string problem) =>
        Tell(process.Config.Life, problem, problem, problem, group: null, $" for {process.Config.Name}");

    /// <summary>Its run is over.</summary>
    public void Release(ControlGroup? group)
    {
        if (group is null || group.TryRemove())
            return;
        _left.Add(group);
        TryAgain();
    }

    /// <summary>After an upgrade, when all children are found again: what earlier runs left may still be there.
    /// </summary>
    public void TakeUp()
    {
        _home ??= ControlHome.Find(out _);
        _left.AddRange((_home?.Groups() ?? []).Where(group => !_adopted.Contains(group.Folder) && !group.TryRemove()));
        _adopted.Clear();
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
        var (folder, error) = ("", Errno.Exists);
        // Of this daemon's program before an upgrade some may be there.
        for (var tries = 0; error == Errno.Exists && tries < TakenMax; tries++)
        {
            folder = $"{_home!.Folder}/{Name(process)}~{++_made}";
            error = Files.MakeFolder(folder);
        }
        problem = error == 0 ? null : $"{folder} cannot be made ({Errno.Message(error)})";
        return error == 0 ? new(folder) : null;
    }

    /// <summary>Once for each option: programs that start again and again do not fill the log.</summary>
    /// <param name="of">Whom alone it is about.</param>
    private void Tell(LifeConfig life, string? problem, string? cpu, string? memory, ControlGroup? group,
        string of = "")
    {
        if (life.Limits.CpuCores is not null && group is not { HoldsCpu: true })
            Say(LogLevel.Warn, $"limit_cpu is not enforced{of}", cpu ?? problem ?? "the system refused the limit");
        if (life.Limits.MemoryBytes is not null && (memory ?? problem) is { } noMemory)
        {
            Say(LogLevel.Info, $"limit_memory is looked after every two seconds, not held by the system{of}",
                noMemory);
        }
        if (life.StopTree && problem is not null)
            Say(LogLevel.Info, $"stop_tree goes by /proc alone{of}", problem);
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
