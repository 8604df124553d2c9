using System.Diagnostics;

namespace Rota.Bench;

/// <summary>All measurements of one supervisor, once. Names are those of the report.</summary>
internal sealed class SupervisorRound(string[] command, int processes, TimeSpan window)
{
    private const int StatusCalls = 10, Writers = 20, FloodBlock = 15_500;

    public async Task<IReadOnlyDictionary<string, double>> RunAsync(bool isQuick)
    {
        var found = new Dictionary<string, double>(StringComparer.Ordinal);
        await IdleAsync(found);
        await ManyAsync(found);
        await FloodAsync(found, blocks: isQuick ? 10_000 : 200_000);
        await WritersAsync(found);
        return found;
    }

    private async Task IdleAsync(Dictionary<string, double> found)
    {
        await using var daemon = new SupervisorDaemon(command, "");
        await daemon.WaitUntilReadyAsync();
        await Task.Delay(window / 4);
        found["rss_idle_mb"] = daemon.MemoryMb;
    }

    /// <summary>A thousand that sleep: start, status, rest, stop.</summary>
    private async Task ManyAsync(Dictionary<string, double> found)
    {
        var start = Stopwatch.GetTimestamp();
        await using var daemon = new SupervisorDaemon(command, $"""
            [program:many]
            command=/bin/sleep 3600
            process_name=many_%(process_num)04d
            numprocs={processes}
            startsecs=0
            """);
        await daemon.WaitForLogAsync("entered RUNNING state", processes);
        found["start_1000_s"] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var calls = new List<double>();
        for (var call = 0; call <= StatusCalls; call++)
        {
            var (ms, answer) = await daemon.CallAsync("supervisor.getAllProcessInfo");
            if (answer.Split("<name>statename</name>").Length - 1 != processes)
                throw new InvalidOperationException("It does not tell of all its processes.");
            if (call > 0)
                calls.Add(ms);
        }
        found["status_1000_ms"] = calls.Order().ElementAt(calls.Count / 2);
        var cpu = daemon.CpuSeconds;
        await Task.Delay(window * 2);
        found["idle_cpu_pct"] = (daemon.CpuSeconds - cpu) / (window * 2).TotalSeconds * 100;
        found["rss_1000_mb"] = daemon.MemoryMb;
        found["stop_1000_s"] = await daemon.StopAsync();
    }

    /// <summary>One child writes as fast as it can into a log that rotates.</summary>
    private async Task FloodAsync(Dictionary<string, double> found, int blocks)
    {
        await using var daemon = new SupervisorDaemon(command, $"""
            [program:flood]
            command=/bin/dd if=/dev/zero bs={FloodBlock} count={blocks} status=none
            startsecs=0
            autorestart=false
            stdout_logfile=%(here)s/flood.log
            stdout_logfile_backups=1
            """);
        await daemon.WaitForLogAsync("exited: flood", 1);
        var seconds = (daemon.Lines("exited: flood")[0] - daemon.Lines("spawned: 'flood'")[0]).TotalSeconds;
        found["flood_mb_s"] = (double)FloodBlock * blocks / 1_000_000 / seconds;
    }

    /// <summary>Twenty children write lines of a hundred bytes, one call each.</summary>
    private async Task WritersAsync(Dictionary<string, double> found)
    {
        await using var daemon = new SupervisorDaemon(command, $"""
            [program:writer]
            command=/usr/bin/stdbuf -oL /usr/bin/yes {new string('x', 99)}
            process_name=writer_%(process_num)02d
            numprocs={Writers}
            startsecs=0
            stdout_logfile=%(here)s/writer_%(process_num)02d.log
            stdout_logfile_maxbytes=0
            """);
        await daemon.WaitForLogAsync("entered RUNNING state", Writers);
        await Task.Delay(window / 4);
        var (cpu, written, start) = (daemon.CpuSeconds, daemon.Written("writer_"), Stopwatch.GetTimestamp());
        await Task.Delay(window);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        found["many_writers_cpu_s"] = (daemon.CpuSeconds - cpu) * window.TotalSeconds / seconds;
        found["many_writers_mb_s"] = (daemon.Written("writer_") - written) / 1_000_000 / seconds;
    }
}
