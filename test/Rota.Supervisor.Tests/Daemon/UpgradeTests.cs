using Xunit;

namespace Rota.Supervisor.Tests.Daemon;

/// <summary>The program is replaced while it runs.</summary>
public sealed class UpgradeTests : IDisposable
{
    private const int User1 = 10, Terminate = 15;

    private readonly DaemonRun _run = new();

    [Fact]
    public async Task Children_their_outputs_and_their_exit_codes_survive_two_upgrades()
    {
        // It writes all the time, so that each upgrade falls in the middle.
        var go = Path.Combine(_run.Folder, "go");
        _run.Write($"""
            [program:count]
            command=sh -c 'i=0; while [ ! -e {go} ]; do echo $i; i=$((i+1)); sleep 0.001; done; echo $i; exit 7'
            autorestart=false
            [program:retry]
            command=/nonexistent
            startretries=1000
            [eventlistener:hear]
            events=PROCESS_STATE_EXITED
            command=python3 -u {Path.Combine(_run.Folder, "hear.py")}
            """);
        await File.WriteAllTextAsync(Path.Combine(_run.Folder, "hear.py"),
            "import sys\nprint('READY')\nsys.stderr.write(sys.stdin.readline())\nsys.stdin.read()\n");
        using var process = _run.Start("-n");
        await _run.LineAsync("success: count");
        await _run.LineAsync("success: hear");
        var pid = (await _run.LineAsync("spawned: 'count'")).Split(' ')[^1];
        for (var time = 1; time <= 2; time++)
        {
            DaemonRun.Signal(process.Id, User1);
            await _run.LineAsync($"supervisord started with pid {process.Id}", times: time + 1);
        }
        Assert.True(Processes.ChildEnvironmentTests.IsAlive(int.Parse(pid)));
        await File.WriteAllTextAsync(go, "");
        await _run.LineAsync("exited: count (exit status 7; not expected)");

        var lines = await File.ReadAllLinesAsync(Directory.GetFiles(_run.Folder, "count-stdout*")[0]);
        Assert.Equal(Enumerable.Range(0, lines.Length).Select(number => $"{number}"), lines);
        Assert.InRange(lines.Length, 100, 1_000_000);
        var heard = Directory.GetFiles(_run.Folder, "hear-stderr*")[0];
        const string name = "eventname:PROCESS_STATE_EXITED";
        while (!(await File.ReadAllTextAsync(heard)).Contains(name, StringComparison.Ordinal))
            await Task.Yield();
        DaemonRun.Signal(process.Id, Terminate);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        await _run.LineAsync("stopped: hear (terminated by SIGTERM)");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_signal_that_comes_during_an_upgrade_is_heard_after_it(bool isProgramReplaced)
    {
        _run.Write("[program:cat]\ncommand=cat");
        using var process = _run.Start("-n");
        await _run.LineAsync("success: cat");
        DaemonRun.Signal(process.Id, User1);
        await _run.LineAsync("received SIGUSR1");
        // The first words of the new program: nobody listens yet.
        while (isProgramReplaced && !IsReplaced(process.Id))
            await Task.Yield();
        DaemonRun.Signal(process.Id, Terminate);
        await process.WaitForExitAsync().WaitAsync(Processes.RunningSupervisor.Deadline);
        Assert.Equal(0, process.ExitCode);
        await _run.LineAsync("WARN received SIGTERM indicating exit request");
        await _run.LineAsync("stopped: cat (terminated by SIGTERM)");
    }

    public void Dispose() => _run.Dispose();

    private static bool IsReplaced(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/environ").Contains("ROTA_SUPERVISE_STATE=", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // Just then it has neither the old nor the new one.
            return false;
        }
    }
}
