namespace Rota.Supervisor.Native;

/// <summary>Where the control groups (cgroup v2) are mounted.</summary>
/// <param name="Folder">The mount's.</param>
/// <param name="Root">The group that is seen there; `/` is all.</param>
internal sealed record ControlMount(string Folder, string Root)
{
    /// <summary>As this process sees it; null when there is none.</summary>
    public static ControlMount? Find() => Find(ControlFiles.Read("/proc/self/mountinfo"));

    /// <summary>Its line in mountinfo: `41 31 0:38 ROOT FOLDER rw,relatime - cgroup2 cgroup2 rw`; optional words stand
    /// before the dash.</summary>
    public static ControlMount? Find(string mountInfo)
    {
        const int rootAt = 3, folderAt = 4;
        foreach (var line in mountInfo.Split('\n'))
        {
            if (line.Split(" - ") is [var place, var kind] && kind.StartsWith("cgroup2 ", StringComparison.Ordinal)
                && place.Split(' ') is { Length: > folderAt } words)
                return new(words[folderAt].Replace("\\040", " "), words[rootAt]);
        }
        return null;
    }

    /// <summary>The folder of the group that a process is in; null when it lies outside of what is mounted.</summary>
    /// <param name="pid">A number, or `self`.</param>
    public string? FolderOf(string pid)
    {
        const string mark = "0::";
        var line = ControlFiles.Read($"/proc/{pid}/cgroup").Split('\n')
            .FirstOrDefault(line => line.StartsWith(mark, StringComparison.Ordinal));
        return line is null ? null : FolderOfGroup(line[mark.Length..]);
    }

    /// <param name="group">As the system writes it: `/system.slice/rota.service`.</param>
    public string? FolderOfGroup(string group)
    {
        var root = Root.TrimEnd('/');
        if (group.StartsWith("/..", StringComparison.Ordinal) || root.StartsWith("/..", StringComparison.Ordinal)
            || !$"{group}/".StartsWith($"{root}/", StringComparison.Ordinal))
            return null;
        return (Folder.TrimEnd('/') + group[root.Length..]).TrimEnd('/');
    }
}
