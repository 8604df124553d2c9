using System.Diagnostics;

namespace Rota.Bench;

/// <summary>Processor time between two moments: of some process trees, and of all others on the machine.</summary>
internal sealed class CpuMeter
{
    private const double TicksPerSecond = 100; // USER_HZ, which Linux fixes for what it tells programs

    private readonly int[] _roots;
    private readonly Moment _start;

    private CpuMeter(int[] roots) => (_roots, _start) = (roots, Moment.Now(roots));

    /// <param name="roots">Processes; what they start counts as theirs.</param>
    public static CpuMeter Start(params int[] roots) => new([.. roots.Distinct()]);

    /// <returns>Seconds of the trees; and cores that everything but them and this process used on average.</returns>
    public (double Seconds, double OtherCores) Stop()
    {
        var end = Moment.Now(_roots);
        var trees = end.Trees - _start.Trees;
        var others = end.Machine - _start.Machine - trees - (end.Own - _start.Own);
        return (trees, Math.Max(0, others / Stopwatch.GetElapsedTime(_start.Ticks, end.Ticks).TotalSeconds));
    }

    private sealed record Moment(long Ticks, double Machine, double Trees, double Own)
    {
        public static Moment Now(int[] roots) =>
            new(Stopwatch.GetTimestamp(), OfMachine(), OfTrees(roots), Environment.CpuUsage.TotalTime.TotalSeconds);
    }

    private static double OfMachine()
    {
        const int Idle = 3, Waiting = 4;
        using var stat = File.OpenText("/proc/stat");
        var ticks = stat.ReadLine()!.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..].Select(double.Parse);
        return ticks.Where((_, at) => at is not (Idle or Waiting)).Sum() / TicksPerSecond;
    }

    /// <summary>With what their ended children used, which the parent has once it waited for them.</summary>
    private static double OfTrees(int[] roots)
    {
        var processes = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), out var id) ? Read(id) : null)
            .OfType<ProcessStat>().ToDictionary(process => process.Id);
        var children = processes.Values.ToLookup(process => process.Parent);
        var seconds = 0.0;
        var open = new Stack<int>(roots);
        while (open.TryPop(out var id))
        {
            if (processes.TryGetValue(id, out var process))
                seconds += process.Seconds;
            foreach (var child in children[id])
                open.Push(child.Id);
        }
        return seconds;
    }

    private static ProcessStat? Read(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' '); // from the third field of proc(5) on
            return new ProcessStat(id, int.Parse(fields[1]), fields[11..15].Sum(double.Parse) / TicksPerSecond);
        }
        catch (IOException)
        {
            return null; // it ended
        }
    }

    private sealed record ProcessStat(int Id, int Parent, double Seconds);
}
