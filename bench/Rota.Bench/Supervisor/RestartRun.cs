using System.Diagnostics;

namespace Rota.Bench;

/// <summary>Programs that end at once and are started again, as often as asked: what it costs, and what is left behind.
/// </summary>
/// <remarks>Each run of the program writes one byte, so that the sizes of the logs count the runs.</remarks>
internal static class RestartRun
{
    public const string Name = "restarts";

    private const int Programs = 4;
    private const double DescriptorsMore = 20, MemoryMoreMb = 50;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(50), ReportEvery = TimeSpan.FromSeconds(60);

    /// <returns>The exit code: 1 when something was left behind.</returns>
    public static async Task<int> RunAsync(string[] command, int count)
    {
        await using var daemon = new SupervisorDaemon(command, $"""
            [program:again]
            command=/bin/echo
            process_name=again_%(process_num)d
            numprocs={Programs}
            startsecs=0
            autorestart=true
            stdout_logfile=%(here)s/again_%(process_num)d.out
            stdout_logfile_maxbytes=0
            """, "loglevel=warn");
        await daemon.WaitUntilReadyAsync();
        // The first tenth warms it up: what it needs at all, it has by then.
        await UntilAsync(daemon, Math.Max(count / 10, 100));
        var (descriptors, memory) = (daemon.Descriptors, daemon.MemoryMb);
        var (start, before) = (Stopwatch.GetTimestamp(), daemon.Written("again_"));
        await UntilAsync(daemon, count);
        var done = daemon.Written("again_");
        Progress.Say("restarts", (done - before) / Stopwatch.GetElapsedTime(start).TotalSeconds);
        Progress.Say("cpu_s", daemon.CpuSeconds, "s");
        var left = new[]
        {
            (Name: "descriptors", Was: descriptors, Is: daemon.Descriptors, Most: descriptors + DescriptorsMore),
            (Name: "memory_mb", Was: memory, Is: daemon.MemoryMb, Most: memory + MemoryMoreMb),
            (Name: "zombies", Was: 0, Is: daemon.Zombies, Most: Programs),
        };
        foreach (var (name, was, now, most) in left)
        {
            Console.Out.WriteLine(
                $"{name,-12} {was,8:N1} before, {now,8:N1} after {done:N0} restarts; at most {most:N1}");
        }
        return left.All(figure => figure.Is <= figure.Most) ? 0 : 1;
    }

    private static async Task UntilAsync(SupervisorDaemon daemon, long count)
    {
        var reported = Stopwatch.GetTimestamp();
        while (daemon.Written("again_") is var done && done < count)
        {
            if (Stopwatch.GetElapsedTime(reported) > ReportEvery)
            {
                reported = Stopwatch.GetTimestamp();
                Progress.Say($"  {done:N0}: {daemon.Descriptors} descriptors, {daemon.MemoryMb:N1} MB");
            }
            await Task.Delay(Turn);
        }
    }
}
