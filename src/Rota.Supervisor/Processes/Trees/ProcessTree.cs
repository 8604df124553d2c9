using System.Globalization;
using System.Text;

namespace Rota.Supervisor.Processes.Trees;

/// <summary>A process of the system that belongs to a run of one of ours.</summary>
/// <param name="StartedAt">In ticks of the system: with the pid it names one process for ever.</param>
internal readonly record struct TreeMember(int Pid, long StartedAt, long ResidentBytes);

/// <summary>Finds all processes of a run in /proc. Takes milliseconds: not for the loop thread.</summary>
/// <remarks>
/// One belongs to it that descends from the run's child, is in its process group or session, or has the run's mark in
/// its environment, which all descendants inherit; and all that descend from those. So one is found that has gone to a
/// session of its own and whose parent has ended, unless it has also emptied its environment.
/// </remarks>
internal static class ProcessTree
{
    /// <summary>The variable that marks a run.</summary>
    public const string Mark = "ROTA_RUN";

    private readonly record struct Entry(int Pid, char State, int Parent, int Group, int Session, long StartedAt,
        long ResidentPages);

    /// <summary>Without zombies, and without the run's child.</summary>
    public static List<TreeMember> Find(int child, string run)
    {
        var all = ReadAll().Where(entry => entry.State is not ('Z' or 'X') && entry.Pid != Environment.ProcessId)
            .ToList();
        var found = new Dictionary<int, Entry>();
        var open = new Queue<Entry>(all.Where(entry => entry.Pid == child || entry.Parent == child
            || entry.Group == child || entry.Session == child || IsMarked(entry.Pid, run)));
        var byParent = all.ToLookup(entry => entry.Parent);
        while (open.TryDequeue(out var entry))
        {
            if (!found.TryAdd(entry.Pid, entry))
                continue;
            foreach (var below in byParent[entry.Pid])
                open.Enqueue(below);
        }
        return [.. found.Values.Where(entry => entry.Pid != child).Select(Member)];
    }

    /// <summary>What the run's child and all of its tree hold in memory together. Pages that several share count for
    /// each.</summary>
    public static long ResidentBytes(int child, string run) =>
        (Read(child) is { } root ? Member(root).ResidentBytes : 0)
        + Find(child, run).Sum(member => member.ResidentBytes);

    /// <summary>Whether it is still the same process.</summary>
    public static bool IsAlive(TreeMember member) =>
        Read(member.Pid) is { } entry && entry.StartedAt == member.StartedAt && entry.State is not ('Z' or 'X');

    private static TreeMember Member(Entry entry) =>
        new(entry.Pid, entry.StartedAt, entry.ResidentPages * Environment.SystemPageSize);

    private static IEnumerable<Entry> ReadAll() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), out var pid) ? Read(pid) : null)
        .OfType<Entry>();

    private static Entry? Read(int pid)
    {
        if (Bytes($"/proc/{pid}/stat") is not { } bytes)
            return null;
        // The name in the second field may hold anything: what follows its last parenthesis is plain.
        var text = Encoding.UTF8.GetString(bytes);
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return new(pid, fields[0][0], Number(1), Number(2), Number(3), Long(19), Long(21));

        int Number(int index) => int.Parse(fields[index], CultureInfo.InvariantCulture);
        long Long(int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
    }

    private static bool IsMarked(int pid, string run)
    {
        if (Bytes($"/proc/{pid}/environ") is not { } bytes)
            return false;
        var mark = Encoding.UTF8.GetBytes($"{Mark}={run}\0");
        return bytes.AsSpan().StartsWith(mark) || bytes.AsSpan().IndexOf((byte[])[0, .. mark]) >= 0;
    }

    /// <summary>Null when it has ended meanwhile, or is not ours to read.</summary>
    private static byte[]? Bytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
