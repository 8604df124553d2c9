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
        await LinesAsync(found);
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
        // What was called often is compiled once more in the background: that is no rest yet.
        await Task.Delay(window);
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

    /// <summary>Twenty children write lines of a hundred bytes at a pace of their own, which is the same for both
    /// supervisors, one call each.</summary>
    private async Task LinesAsync(Dictionary<string, double> found)
    {
        const string write = """any(os.write(1,b'x'*99+b'\n') and time.sleep(.0005) for _ in iter(int,1))""";
        var (cpu, mbs) = await WriteAsync($"/usr/bin/python3 -c \"import os,time;{write}\"");
        found["lines_cpu_s"] = cpu;
        found["lines_mb_s"] = mbs;
    }

    /// <summary>Twenty children write a hundred bytes in each call as fast as they can. Who reads faster gets more, so
    /// the processor's time counts by what was written.</summary>
    private async Task WritersAsync(Dictionary<string, double> found)
    {
        var (cpu, mbs) = await WriteAsync("/bin/dd if=/dev/zero bs=100 status=none");
        found["many_writers_cpu_s_gb"] = cpu * 1_000 / (mbs * window.TotalSeconds);
        found["many_writers_mb_s"] = mbs;
    }

    /// <returns>Processor time of the supervisor in the window, and what its logs grew by.</returns>
    private async Task<(double CpuSeconds, double MbPerSecond)> WriteAsync(string writer)
    {
        await using var daemon = new SupervisorDaemon(command, $"""
            [program:writer]
            command={writer}
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
        return ((daemon.CpuSeconds - cpu) * window.TotalSeconds / seconds,
            (daemon.Written("writer_") - written) / 1_000_000.0 / seconds);
    }
}
