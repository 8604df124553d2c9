using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes.Trees;

/// <summary>Where a daemon makes the control groups of its runs: in `rota-PID`, a group below the one that it was
/// started in.</summary>
/// <remarks>
/// A group hands a controller on to those below it only while no process is in it itself; the system's root group alone
/// is free of that rule. So for the sake of a controller the daemon moves with all that it has started into the group
/// `rota-PID/daemon`, where it stays. Others are never moved: with them in the way there is no controller. All this is
/// done before the controller is asked for: the system would give `cpu` all the same, and then take no process into
/// the groups below ("domain invalid").
/// </remarks>
internal sealed class ControlHome
{
    private const string Prefix = "rota-";
    private const string Daemon = "daemon";
    private const int RoundsMax = 10;

    private readonly ControlMount _mount;
    private readonly string _above;

    private ControlHome(ControlMount mount, string above) =>
        (_mount, _above, Folder) = (mount, above, $"{above}/{Prefix}{Environment.ProcessId}");

    public string Folder { get; }

    /// <summary>Null when there are no control groups that this daemon could see.</summary>
    /// <param name="problem">Why not, and what to do.</param>
    public static ControlHome? Find(out string? problem)
    {
        problem = null;
        if (ControlMount.Find() is not { } mount)
            problem = "no cgroup v2 is mounted; start the machine with it (systemd.unified_cgroup_hierarchy=1)";
        else if (mount.FolderOf("self") is { } own)
            return new(mount, Above(own));
        else
            problem = $"the daemon's own control group is not to be seen in {mount.Folder}; start it in a cgroup "
                + "namespace, or with the machine's /sys/fs/cgroup";
        return null;
    }

    /// <summary>Removes what daemons that are gone have left, so far as nothing lives in it.</summary>
    public static void Sweep()
    {
        if (Find(out _) is not { } home)
            return;
        foreach (var left in ControlFiles.Below(home._above).Where(IsOfTheDead))
        {
            foreach (var group in ControlFiles.Below(left))
                new ControlGroup(group).TryRemove();
            new ControlGroup(left).TryRemove();
        }
    }

    /// <summary>Null, or why it cannot be made and what to do.</summary>
    public string? Make() => Files.MakeFolder(Folder) is var error and not (0 or Errno.Exists)
        ? $"{Folder} cannot be made ({Errno.Message(error)}); give the daemon a control group of its own: Delegate=yes "
            + "in its systemd unit, a writable /sys/fs/cgroup in a container"
        : null;

    /// <summary>Lets the groups of runs have a controller. Null, or why that cannot be and what to do.</summary>
    public string? Enable(string controller)
    {
        if (ControlFiles.Has($"{Folder}/cgroup.subtree_control", controller))
            return null;
        if (!ControlFiles.Has($"{_above}/cgroup.controllers", controller))
            return $"{_above} has no controller '{controller}'; start the machine with cgroup v2 alone "
                + "(systemd.unified_cgroup_hierarchy=1), and write Delegate=yes in the daemon's systemd unit";
        if (!IsRoot && !ControlFiles.Has($"{_above}/cgroup.subtree_control", controller))
        {
            var others = ControlFiles.Pids(_above)
                .Where(pid => !IsOurs(pid) && ProcessTree.Find(pid) is not null).ToList();
            if (others.Count > 0)
                return $"in {_above} are also processes that the daemon has not started "
                    + $"(pid {string.Join(", ", others)}); give the daemon a control group of its own, with "
                    + "Delegate=yes in its systemd unit";
            MoveOut();
        }
        var error = HandOn(_above, controller);
        if (error == 0)
            error = HandOn(Folder, controller);
        return error == 0
            ? null
            : $"{_above}/cgroup.subtree_control cannot be written ({Errno.Message(error)}); give the daemon a control "
                + "group of its own, with Delegate=yes in its systemd unit";
    }

    /// <summary>The group of a run in which a process is; null when it is in none of this place.</summary>
    public ControlGroup? GroupOf(int pid)
    {
        if (_mount.FolderOf($"{pid}") is not { } folder
            || !folder.StartsWith($"{_above}/{Prefix}", StringComparison.Ordinal))
            return null;
        // What is further below was made by the run itself.
        return folder[(_above.Length + 1)..].Split('/') is [var home, var run, ..] && run != Daemon
            ? new($"{_above}/{home}/{run}")
            : null;
    }

    /// <summary>Whether a process is in the daemon's own group.</summary>
    public bool IsBesideDaemon(int pid) =>
        _mount.FolderOf($"{pid}") is { } folder && folder == _mount.FolderOf("self");

    /// <summary>The groups of runs that are there.</summary>
    public IEnumerable<ControlGroup> Groups() => ControlFiles.Below(Folder)
        .Where(folder => Path.GetFileName(folder) != Daemon).Select(folder => new ControlGroup(folder));

    /// <summary>When nothing is in it any more; else the next daemon does so.</summary>
    public void Remove() => Files.RemoveFolder(Folder);

    /// <summary>The machine's, not that of a namespace.</summary>
    private bool IsRoot => !File.Exists($"{_above}/cgroup.type");

    private static bool IsOurs(int pid) => ProcessTree.Descends(pid, Environment.ProcessId);

    /// <summary>An earlier program of this process may have moved it already.</summary>
    private static string Above(string own)
    {
        var moved = $"/{Prefix}{Environment.ProcessId}/{Daemon}";
        return own.EndsWith(moved, StringComparison.Ordinal) ? own[..^moved.Length] : own;
    }

    private static bool IsOfTheDead(string folder)
    {
        var name = Path.GetFileName(folder);
        return name.StartsWith(Prefix, StringComparison.Ordinal) && int.TryParse(name[Prefix.Length..], out var pid)
            && (pid == Environment.ProcessId || !Directory.Exists($"/proc/{pid}"));
    }

    private static int HandOn(string folder, string controller) =>
        ControlFiles.Write($"{folder}/cgroup.subtree_control", $"+{controller}");

    /// <summary>Itself first, so that what it starts from then on is there already; then what it has started, until
    /// nothing is left that was forked meanwhile.</summary>
    private void MoveOut()
    {
        var daemon = $"{Folder}/{Daemon}";
        Files.MakeFolder(daemon);
        ControlFiles.Write($"{daemon}/cgroup.procs", "0");
        for (var round = 0; round < RoundsMax; round++)
        {
            var left = ControlFiles.Pids(_above).Where(IsOurs).ToList();
            if (left.Count == 0)
                return;
            left.ForEach(pid => ControlFiles.Write($"{daemon}/cgroup.procs", $"{pid}"));
        }
    }
}
