using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Rota.Supervisor.Tests.Daemon;

/// <summary>What the system does not give: descriptors and processes.</summary>
public sealed class NotEnoughTests : IDisposable
{
    private const int Terminate = 15;

    private readonly DaemonRun _run = new();

    [Fact]
    public async Task Without_descriptors_starts_fail_and_what_runs_goes_on_and_nothing_is_leaked()
    {
        _run.Write("""
            [program:many]
            command=sleep 1000
            numprocs=100
            process_name=many_%(process_num)03d
            startretries=1
            """, "minfds=100");
        using var process = _run.Launch(["prlimit", "--nofile=300:300"], "-n");
        await _run.LineAsync("too many open files to spawn 'many_099'", times: 2);
        await _run.LineAsync("gave up: many_099");
        var log = await File.ReadAllLinesAsync(_run.Log);
        var given = log.Count(line => line.Contains("gave up", StringComparison.Ordinal));
        var running = log.Count(line => line.Contains(" spawned: ", StringComparison.Ordinal));
        Assert.Equal(100, given + running);
        Assert.InRange(running, 10, 60);
        Assert.DoesNotContain(log, line => line.Contains(" CRIT error ", StringComparison.Ordinal));

        DaemonRun.Signal(process.Id, Terminate);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        await _run.LineAsync("stopped: many_", times: running);
    }

    [Fact]
    public async Task After_two_thousand_restarts_there_are_as_many_descriptors_as_before_and_no_zombies()
    {
        _run.Write("[program:again]\ncommand=true\nstartsecs=0\nautorestart=true");
        using var process = _run.Start("-n");
        await _run.LineAsync("spawned: 'again'", times: 50);
        var before = Directory.GetFiles($"/proc/{process.Id}/fd").Length;
        await _run.LineAsync("spawned: 'again'", times: 2000);
        Assert.InRange(Directory.GetFiles($"/proc/{process.Id}/fd").Length, 1, before + 20);
        var children = await File.ReadAllTextAsync(
            string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/task/{process.Id}/children"));
        Assert.InRange(children.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length, 0, 3);
        DaemonRun.Signal(process.Id, Terminate);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task The_memory_of_processes_is_looked_at_again_when_there_are_descriptors_again()
    {
        const string reason = "restarting fat: its memory is";
        _run.Write("[program:fat]\ncommand=sleep 1000\nlimit_memory=1MB\nstartsecs=0");
        using var process = _run.Start("-n");
        await _run.LineAsync(reason);
        await _run.LineAsync("success: fat", times: 2);
        await LimitAsync(process.Id, "3:");
        await _run.LineAsync("WARN limit_memory: processes cannot be looked at, which is tried again every two "
            + "seconds: Too many open files");
        await LimitAsync(process.Id, "1024:");
        await _run.LineAsync(reason, times: 2);
        DaemonRun.Signal(process.Id, Terminate);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    public void Dispose() => _run.Dispose();

    /// <summary>From now on a process may have so many descriptors.</summary>
    private static async Task LimitAsync(int pid, string files)
    {
        using var limit = Process.Start("prlimit", ["--pid", $"{pid}", $"--nofile={files}"]);
        await limit.WaitForExitAsync();
        Assert.Equal(0, limit.ExitCode);
    }
}
