using Rota.Supervisor.Client;
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

    [Fact]
    public async Task What_is_ready_gets_ready_or_waits_goes_on_so_after_an_upgrade()
    {
        _run.Write($"""
            [program:ready]
            command=sh -c 'echo up; exec cat'
            ready_when=log:up
            startsecs=0
            [program:notes]
            command=sh -c 'until test -e {_run.Folder}/go; do sleep 0.05; done; systemd-notify --ready; exec cat'
            ready_when=notify
            [program:late]
            command=cat
            ready_when=file:{_run.Folder}/go
            [program:after]
            command=cat
            depends_on=late
            [program:again]
            command=false
            startsecs=0
            restart_delay_secs=600
            """);
        using var process = _run.Start("-n");
        await _run.LineAsync("success: ready");
        await _run.LineAsync("after waits for late to be ready");
        await _run.LineAsync("exited: again");
        await _run.LineAsync("spawned: 'notes'");
        await _run.LineAsync("spawned: 'late'");
        DaemonRun.Signal(process.Id, User1);
        await _run.LineAsync($"supervisord started with pid {process.Id}", times: 2);
        await File.WriteAllTextAsync(Path.Combine(_run.Folder, "go"), "");
        await _run.LineAsync("ready: notes (notify)");
        await _run.LineAsync("success: after");

        var log = await File.ReadAllLinesAsync(_run.Log);
        foreach (var name in new[] { "ready", "notes", "late", "after", "again" })
            Assert.Single(log, line => line.Contains($"spawned: '{name}'", StringComparison.Ordinal));
        Assert.Single(log, line => line.Contains("success: ready ", StringComparison.Ordinal));
        DaemonRun.Signal(process.Id, Terminate);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task Timed_restarts_go_on_one_after_the_other()
    {
        var go = Path.Combine(_run.Folder, "go");
        _run.Write($"""
            [program:web]
            command=cat
            process_name=web_%(process_num)d
            numprocs=2
            ready_when=file:{go}
            startsecs=0
            restart_every_secs=3
            restart_rolling=true
            """);
        await File.WriteAllTextAsync(go, "");
        using var process = _run.Start("-n");
        await _run.LineAsync("success: web_0");
        await _run.LineAsync("success: web_1");
        File.Delete(go);
        var first = (await _run.LineAsync("restarting web_")).Split("web_")[1][0] - '0';
        await _run.LineAsync($"spawned: 'web_{first}'", times: 2);
        DaemonRun.Signal(process.Id, User1);
        await _run.LineAsync($"supervisord started with pid {process.Id}", times: 2);
        await File.WriteAllTextAsync(go, "");
        await _run.LineAsync($"restarting web_{1 - first}");

        var log = await File.ReadAllLinesAsync(_run.Log);
        var ready = Array.FindLastIndex(log, line => line.Contains($"success: web_{first}", StringComparison.Ordinal));
        Assert.InRange(ready, Array.FindLastIndex(log, line => line.Contains("supervisord started")),
            Array.FindIndex(log, line => line.Contains($"restarting web_{1 - first}")));
        DaemonRun.Signal(process.Id, Terminate);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task What_a_rolling_update_was_about_to_replace_starts_again_as_it_was()
    {
        const string file = """
            [unix_http_server]
            file=FOLDER/s.sock
            [rpcinterface:supervisor]
            supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
            [program:web]
            command=sh -c 'trap "until test -e go; do sleep 0.1; done; exit" TERM; echo up; while :; do sleep 0.1; done'
            directory=FOLDER
            ready_when=log:up
            startsecs=0
            stopwaitsecs=60
            """;
        var text = file.Replace("FOLDER", _run.Folder);
        _run.Write(text, "loglevel=debug");
        using var process = _run.Start("-n");
        await _run.LineAsync("success: web");
        _run.Write(text + "\nexitcodes=3", "loglevel=debug");
        var proxy = new ServerProxy(new($"unix://{_run.Folder}/s.sock", null, null));
        await proxy.CallAsync("reloadConfig");
        var update = proxy.CallAsync("rota.rollingUpdate", "web");
        await _run.LineAsync("killing web (pid");
        DaemonRun.Signal(process.Id, User1);
        await _run.LineAsync($"supervisord started with pid {process.Id}", times: 2);
        await Assert.ThrowsAnyAsync<Exception>(() => update); // a call breaks off there
        await File.WriteAllTextAsync(Path.Combine(_run.Folder, "go"), "");
        await _run.LineAsync("success: web", times: 2);
        Assert.Equal(["web"], (await proxy.RereadAsync()).Changed);
        DaemonRun.Signal(process.Id, Terminate);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
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
