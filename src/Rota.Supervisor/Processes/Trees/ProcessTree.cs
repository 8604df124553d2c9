using System.Globalization;
using System.Text;

namespace Rota.Supervisor.Processes.Trees;

/// <summary>A process of the system that belongs to a run of one of ours.</summary>
/// <param name="StartedAt">In ticks of the system: with the pid it names one process for ever.</param>
internal readonly record struct TreeMember(int Pid, long StartedAt, long ResidentBytes);

/// <summary>All processes of the system as one reading of /proc finds them, and which of them belong to a run. Takes
/// milliseconds: not for the loop thread.</summary>
/// <remarks>
/// One belongs to it that descends from the run's child, is in its process group or session, or has the run's mark in
/// its environment, which all descendants inherit; and all that descend from those. So one is found that has gone to a
/// session of its own and whose parent has ended, unless it has also emptied its environment.
/// </remarks>
internal sealed class ProcessTree
{
    /// <summary>The variable that marks a run.</summary>
    public const string Mark = "ROTA_RUN";

    private const int DepthMax = 1000;

    private readonly Dictionary<int, Entry> _all = [];
    private readonly ILookup<int, Entry> _byParent;
    private readonly ILookup<string, Entry> _byRun;

    private ProcessTree(IEnumerable<Entry> all)
    {
        // Without zombies; a pid that was given away during the reading comes twice.
        foreach (var entry in all.Where(entry => entry.State is not ('Z' or 'X') && entry.Pid != Environment.ProcessId))
            _all[entry.Pid] = entry;
        _byParent = _all.Values.ToLookup(entry => entry.Parent);
        _byRun = _all.Values.ToLookup(entry => MarkOf(entry.Pid));
    }

    private readonly record struct Entry(int Pid, char State, int Parent, int Group, int Session, long StartedAt,
        long ResidentPages);

    public static ProcessTree Read() => new(Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), out var pid) ? Read(pid) : null)
        .OfType<Entry>());

    /// <summary>Without the run's child.</summary>
    public List<TreeMember> Find(int child, string run)
    {
        var found = new Dictionary<int, Entry>();
        var open = new Queue<Entry>(_byRun[run].Concat(_all.Values.Where(entry => entry.Pid == child
            || entry.Parent == child || entry.Group == child || entry.Session == child)));
        while (open.TryDequeue(out var entry))
        {
            if (!found.TryAdd(entry.Pid, entry))
                continue;
            foreach (var below in _byParent[entry.Pid])
                open.Enqueue(below);
        }
        return [.. found.Values.Where(entry => entry.Pid != child).Select(Member)];
    }

    /// <summary>What the run's child and all of its tree hold in memory together. Pages that several share count for
    /// each.</summary>
    public long ResidentBytes(int child, string run) =>
        (_all.TryGetValue(child, out var root) ? Member(root).ResidentBytes : 0)
        + Find(child, run).Sum(member => member.ResidentBytes);

    /// <summary>A process by its number, as it is now; null when there is none, or a zombie.</summary>
    public static TreeMember? Find(int pid) =>
        Read(pid) is { State: not ('Z' or 'X') } entry ? Member(entry) : null;

    /// <summary>Whether it is still the same process.</summary>
    public static bool IsAlive(TreeMember member) =>
        Find(member.Pid) is { } now && now.StartedAt == member.StartedAt;

    /// <summary>Whether it is that process, or one that this or its descendants have started, as far as their parents
    /// live.</summary>
    public static bool Descends(int pid, int from)
    {
        for (var depth = 0; depth < DepthMax && pid != from; depth++)
        {
            if (Read(pid) is not { Parent: > 0 and var parent })
                return false;
            pid = parent;
        }
        return pid == from;
    }

    private static TreeMember Member(Entry entry) =>
        new(entry.Pid, entry.StartedAt, entry.ResidentPages * Environment.SystemPageSize);

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

    /// <summary>The run in its environment; empty where that has none or is not to be read.</summary>
    private static string MarkOf(int pid)
    {
        var variables = Bytes($"/proc/{pid}/environ").AsSpan();
        var mark = Encoding.UTF8.GetBytes($"{Mark}=");
        for (var at = variables.IndexOf(mark); at >= 0; at = variables.IndexOf(mark))
        {
            var isName = at == 0 || variables[at - 1] == 0;
            variables = variables[(at + mark.Length)..];
            if (isName)
                return Encoding.UTF8.GetString(variables.IndexOf((byte)0) is >= 0 and var end
                    ? variables[..end]
                    : variables);
        }
        return "";
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
