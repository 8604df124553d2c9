using System.Globalization;
using Rota.Supervisor.Client;

namespace Rota.Web.Supervisors;

/// <summary>What a process takes, with all that it started.</summary>
/// <param name="CpuPercent">Of one processor since the look before, so that 250 is two and a half; null at first.
/// </param>
/// <param name="MemoryBytes">Resident; pages that its processes share are counted for each.</param>
internal sealed record Usage(double? CpuPercent, long MemoryBytes);

/// <summary>CPU and memory of supervised processes of this machine, from <c>/proc</c>.</summary>
/// <remarks>All of <c>/proc</c> is read once for all supervisors: a few milliseconds for a few hundred processes. A pid
/// counts only when its process began when the supervisor says so: behind a socket of this machine a container may
/// stand, whose pids are other processes here.</remarks>
internal sealed class ProcessUsage(TimeProvider clock)
{
    private const string Folder = "/proc";
    private const double TicksASecond = 100; // USER_HZ, the same on every Linux that .NET runs on
    private const int FieldsMin = 22;
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1); // steps of the clock

    private Dictionary<(int Pid, long Began), long> _ticks = [];
    private volatile IReadOnlyDictionary<int, Usage> _usage = new Dictionary<int, Usage>();
    private long _readAt;

    /// <summary>Null where it is not known.</summary>
    public Usage? Of(int pid) => _usage.GetValueOrDefault(pid);

    /// <summary>Looks anew; not to be called twice at a time.</summary>
    public void Read(IEnumerable<ProcessInfo> processes)
    {
        var roots = processes.Where(process => process.Pid is not null).ToList();
        if (roots.Count == 0 || !Directory.Exists(Folder))
        {
            _usage = new Dictionary<int, Usage>();
            return;
        }
        var (before, elapsed) = (_ticks, clock.GetElapsedTime(_readAt));
        _ticks = [];
        var entries = ReadAll();
        _readAt = clock.GetTimestamp();
        var children = entries.ToLookup(entry => entry.Value.Parent, entry => entry.Key);
        var boot = BootTime();
        _usage = roots.Where(root => IsSame(root, entries, boot)).DistinctBy(root => root.Pid).ToDictionary(
            root => root.Pid!.Value, root => Sum(root.Pid!.Value, entries, children, before, elapsed));
    }

    private static bool IsSame(ProcessInfo process, Dictionary<int, Entry> entries, double boot) =>
        entries.TryGetValue(process.Pid!.Value, out var entry) && process.StartedAt is { } started
        && Math.Abs(boot + (entry.Began / TicksASecond) - started.ToUnixTimeSeconds()) <= Tolerance.TotalSeconds;

    // A process has the time of its ended children too: those that come and go between two looks are counted.
    private Usage Sum(int root, Dictionary<int, Entry> entries, ILookup<int, int> children,
        Dictionary<(int Pid, long Began), long> before, TimeSpan elapsed)
    {
        long ticks = 0, pages = 0;
        var left = new Stack<int>([root]);
        var seen = new HashSet<int>(); // files read one after the other may tell of a circle
        while (left.TryPop(out var pid))
        {
            if (!seen.Add(pid))
                continue;
            var entry = entries[pid];
            pages += entry.Pages;
            ticks += entry.Ticks;
            foreach (var child in children[pid])
                left.Push(child);
        }
        var key = (root, entries[root].Began);
        _ticks[key] = ticks;
        return new Usage(before.TryGetValue(key, out var known)
            ? Math.Max(0, (ticks - known) / TicksASecond / elapsed.TotalSeconds * 100) : null,
            pages * Environment.SystemPageSize);
    }

    private static Dictionary<int, Entry> ReadAll()
    {
        var entries = new Dictionary<int, Entry>();
        foreach (var folder in Directory.EnumerateDirectories(Folder))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid)
                && ReadOne(Path.Combine(folder, "stat")) is { } entry)
                entries[pid] = entry;
        }
        return entries;
    }

    /// <summary>Null when the process has gone meanwhile, or is not to be seen.</summary>
    private static Entry? ReadOne(string path)
    {
        try
        {
            // proc(5): the name in parentheses may hold anything; behind it the fields begin with the third.
            var text = File.ReadAllText(path);
            var fields = text[(text.LastIndexOf(')') + 1)..].TrimStart().Split(' ');
            if (fields.Length < FieldsMin)
                return null;
            return new Entry((int)Number(1), Number(11) + Number(12) + Number(13) + Number(14), Number(19), Number(21));

            long Number(int field) => long.Parse(fields[field], CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Seconds since 1970.</summary>
    private static double BootTime() => File.ReadLines(Path.Combine(Folder, "stat"))
        .Where(line => line.StartsWith("btime ", StringComparison.Ordinal))
        .Select(line => double.Parse(line[6..], CultureInfo.InvariantCulture)).FirstOrDefault();

    /// <param name="Ticks">Of a processor, in user and in kernel mode, its own and of its ended children.</param>
    /// <param name="Began">Ticks after boot.</param>
    private readonly record struct Entry(int Parent, long Ticks, long Began, long Pages);
}
