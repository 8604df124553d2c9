using Rota.Supervisor.Config;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>The life of real processes, and the lines that tell of it.</summary>
public class ProcessLifeTests
{
    [Fact]
    public async Task A_process_runs_when_it_has_stayed_up_and_stops_by_its_signal()
    {
        await using var running = RunningSupervisor.Start(Sh("cat", "exec cat") with { StartSeconds = 1 });
        await running.Supervisor.StartAsync("cat", wait: true);
        var facts = await running.Supervisor.FindAsync("cat");
        Assert.Equal(ProcessState.Running, facts.State);

        await running.Supervisor.StopAsync("cat", wait: true);
        var pid = facts.Pid;
        Assert.Equal(
            [
                $"INFO spawned: 'cat' with pid {pid}",
                "INFO success: cat entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)",
                "INFO waiting for cat to stop",
                "WARN stopped: cat (terminated by SIGTERM)",
            ], await running.LogAsync());
        facts = await running.Supervisor.FindAsync("cat");
        Assert.Equal((ProcessState.Stopped, 0, -1), (facts.State, facts.Pid, facts.ExitStatus));
    }

    [Fact]
    public async Task A_process_that_exits_too_quickly_is_tried_again_and_then_given_up()
    {
        await using var running = RunningSupervisor.Start(
            Sh("bad", "exit 3") with { StartSeconds = 1, StartRetries = 1 });
        var fault = await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.StartAsync("bad", wait: true));
        Assert.Equal("SPAWN_ERROR: bad", fault.Message);

        await running.StateAsync("bad", ProcessState.Fatal);
        var facts = await running.Supervisor.FindAsync("bad");
        Assert.Equal("Exited too quickly (process log may have details)", facts.SpawnError);
        Assert.Equal((2, 0), (facts.Spawns, facts.ExitStatus));
        var log = await running.LogAsync();
        Assert.Equal("WARN exited: bad (exit status 3; not expected)", log[1]);
        Assert.Equal("INFO gave up: bad entered FATAL state, too many start retries too quickly", log[^1]);
    }

    [Fact]
    public async Task An_exit_code_that_others_took_is_not_expected()
    {
        await using var running = RunningSupervisor.Start(
            Sh("taken", "exit 0") with { AutoRestart = AutoRestart.Never });
        // On the loop's thread, so that it is reaped before the loop can look.
        var isTaken = false;
        using var taker = running.Supervisor.Subscribe(happened =>
        {
            if (!isTaken && happened.Is("PROCESS_STATE_RUNNING"))
                isTaken = Native.Children.Await(int.Parse(happened.Payload.Split("pid:")[1])) is not null;
        });
        await running.Supervisor.StartAsync("taken", wait: true);
        var end = await running.StateAsync("taken", ProcessState.Exited);
        Assert.Contains("expected:0", end.Payload, StringComparison.Ordinal);
        Assert.Equal(-1, (await running.Supervisor.FindAsync("taken")).ExitStatus);
        var log = await running.LogAsync();
        Assert.Contains(log, line => line.StartsWith("CRIT the exit code of taken (pid ", StringComparison.Ordinal)
            && line.EndsWith(") is unknown, since others reaped it", StringComparison.Ordinal));
        Assert.Contains("WARN exited: taken (exit status unknown; not expected)", log);
    }

    [Fact]
    public async Task What_was_written_before_the_end_is_in_the_log()
    {
        await using var running = RunningSupervisor.Start(Sh("say", "echo out; echo err >&2; exit 0"));
        await running.Supervisor.StartAsync("say", wait: true);
        await running.StateAsync("say", ProcessState.Exited);
        Assert.Equal("out\n", await running.OutputAsync("say"));
        Assert.Equal("err\n", await running.OutputAsync("say", OutputChannel.Stderr));
        Assert.Equal("INFO exited: say (exit status 0; expected)", (await running.LogAsync())[^1]);
    }

    [Fact]
    public async Task Startsecs_0_is_running_at_once_even_when_it_exits_at_once()
    {
        await using var running = RunningSupervisor.Start(
            Sh("quick", "exit 5") with { AutoRestart = AutoRestart.Never });
        await running.Supervisor.StartAsync("quick", wait: true);
        await running.StateAsync("quick", ProcessState.Exited);
        var log = await running.LogAsync();
        Assert.StartsWith("INFO spawned: 'quick' with pid", log[0], StringComparison.Ordinal);
        Assert.Equal("INFO success: quick entered RUNNING state, process has stayed up for > than 0 seconds "
            + "(startsecs)", log[1]);
        Assert.Equal("WARN exited: quick (exit status 5; not expected)", log[2]);
        var facts = await running.Supervisor.FindAsync("quick");
        Assert.Equal(("Bad exit code 5", 5), (facts.SpawnError, facts.ExitStatus));
    }

    [Theory]
    [InlineData("/nonexistent", FaultCode.NoFile, "can't find command '/nonexistent'")]
    [InlineData("no-such-program", FaultCode.NoFile, "can't find command 'no-such-program'")]
    [InlineData("/etc/passwd", FaultCode.NotExecutable, "command at '/etc/passwd' is not executable")]
    [InlineData("/etc", FaultCode.NotExecutable, "command at '/etc' is a directory")]
    [InlineData("", FaultCode.NotExecutable, "command is empty")]
    internal async Task A_command_that_cannot_be_run_is_refused_with_supervisors_words(string command, FaultCode code,
        string text)
    {
        var config = Sh("bad", "") with
        {
            Command = command,
            Arguments = command.Length == 0 ? [] : [command],
            AutoStart = true,
            StartRetries = 0,
        };
        await using var running = RunningSupervisor.Start(config);
        await running.StateAsync("bad", ProcessState.Fatal);
        Assert.Equal(text, (await running.Supervisor.FindAsync("bad")).SpawnError);
        Assert.Equal($"INFO spawnerr: {text}", (await running.LogAsync())[0]);

        var fault = await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.StartAsync("bad", wait: true));
        Assert.Equal(code, fault.Code);
        Assert.EndsWith(text, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_program_and_a_folder_that_is_not_there_are_named()
    {
        using var folder = new Folder();
        var file = Path.Combine(folder.Path, "text");
        await File.WriteAllTextAsync(file, "no shebang");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using var running = RunningSupervisor.Start(
            Sh("text", "") with { Arguments = [file], Command = file },
            Sh("lost", "exec sleep 100") with { Directory = "/nonexistent" });
        foreach (var name in new[] { "text", "lost" })
        {
            var fault = await Assert.ThrowsAsync<SupervisorFault>(
                () => running.Supervisor.StartAsync(name, wait: true));
            Assert.Equal($"SPAWN_ERROR: {name}", fault.Message);
        }
        Assert.Equal($"couldn't exec {file}: ENOEXEC", (await running.Supervisor.FindAsync("text")).SpawnError);
        Assert.Equal("couldn't chdir to /nonexistent: ENOENT", (await running.Supervisor.FindAsync("lost")).SpawnError);
    }

    [Theory]
    [InlineData(AutoRestart.Never, "exit 1", false)]
    [InlineData(AutoRestart.Unexpected, "exit 0", false)]
    [InlineData(AutoRestart.Unexpected, "exit 1", true)]
    [InlineData(AutoRestart.Unexpected, "kill -KILL $$", true)]
    [InlineData(AutoRestart.Always, "exit 0", true)]
    internal async Task An_exit_is_followed_by_a_start_when_so_configured(AutoRestart policy, string script, bool again)
    {
        // The first run does as told, later ones stay.
        var first = $"test -e ran && exec sleep 1000; touch ran; {script}";
        using var folder = new Folder();
        await using var running = RunningSupervisor.Start(Sh("one", first) with
        {
            AutoRestart = policy,
            Directory = folder.Path,
        });
        await running.Supervisor.StartAsync("one", wait: true);
        await running.StateAsync("one", ProcessState.Exited);
        if (again)
            await running.StateAsync("one", ProcessState.Running);
        var facts = await running.Supervisor.FindAsync("one");
        Assert.Equal(again ? 2 : 1, facts.Spawns);
        Assert.Equal(again ? ProcessState.Running : ProcessState.Exited, facts.State);
    }

    [Fact]
    public async Task A_process_that_ignores_its_stop_signal_is_killed()
    {
        await using var running = RunningSupervisor.Start(
            Sh("deaf", "trap \"\" TERM; echo up; while :; do sleep 1; done") with { StopWaitSeconds = 1 });
        await running.Supervisor.StartAsync("deaf", wait: true);
        await running.OutputAsync("deaf", "up\n");
        var pid = (await running.Supervisor.FindAsync("deaf")).Pid;
        await running.Supervisor.StopAsync("deaf", wait: true);
        var log = await running.LogAsync();
        Assert.Contains($"WARN killing 'deaf' ({pid}) with SIGKILL", log);
        Assert.Equal("WARN stopped: deaf (terminated by SIGKILL)", log[^1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_whole_process_group_is_stopped_when_so_configured(bool asGroup)
    {
        await using var running = RunningSupervisor.Start(Sh("tree", "sleep 1000 & echo $!; wait") with
        {
            StopAsGroup = asGroup,
            KillAsGroup = asGroup,
        });
        await running.Supervisor.StartAsync("tree", wait: true);
        var grandchild = int.Parse(await running.OutputAsync("tree", "\n"));
        await running.Supervisor.StopAsync("tree", wait: true);
        if (asGroup)
        {
            await ChildEnvironmentTests.WaitUntilGoneAsync(grandchild);
            return;
        }
        Assert.True(ChildEnvironmentTests.IsAlive(grandchild));
        System.Diagnostics.Process.GetProcessById(grandchild).Kill();
    }

    [Fact]
    public async Task A_stop_while_it_waits_for_its_next_try_forgets_its_failures()
    {
        await using var running = RunningSupervisor.Start(
            Sh("bad", "exit 1") with { StartSeconds = 1, StartRetries = 9 });
        await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.StartAsync("bad", wait: true));
        await running.EventAsync("PROCESS_STATE_STARTING", "tries:0");
        await running.EventAsync("PROCESS_STATE_BACKOFF", "tries:1");
        await running.Supervisor.StopAsync("bad", wait: true);
        await running.EventAsync("PROCESS_STATE_STOPPED", "from_state:BACKOFF pid:0");
        await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.StartAsync("bad", wait: true));
        await running.EventAsync("PROCESS_STATE_STARTING", "tries:0");
    }

    [Fact]
    public async Task A_signal_goes_to_the_process_and_wrong_ones_are_refused()
    {
        await using var running = RunningSupervisor.Start(
            Sh("sig", "trap \"echo usr\" USR1; echo up; while :; do sleep 0.05; done"));
        var refused = await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.SignalAsync("sig", "HUP"));
        Assert.Equal("NOT_RUNNING: sig", refused.Message);
        await running.Supervisor.StartAsync("sig", wait: true);
        await running.OutputAsync("sig", "up\n");
        await running.Supervisor.SignalAsync("sig", "usr1");
        await running.OutputAsync("sig", "usr\n");
        refused = await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.SignalAsync("sig", "NONE"));
        Assert.Equal("BAD_SIGNAL: NONE", refused.Message);
        refused = await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.SignalAsync("none", "HUP"));
        Assert.Equal("BAD_NAME: none", refused.Message);
    }

    [Fact]
    public async Task Standard_input_arrives_also_when_it_is_more_than_a_pipe_holds()
    {
        await using var running = RunningSupervisor.Start(Sh("count", "head -c 500000 | wc -c"));
        await running.Supervisor.StartAsync("count", wait: true);
        await running.Supervisor.SendStdinAsync("count", new byte[200_000]);
        await running.Supervisor.SendStdinAsync("count", new byte[300_000]);
        await running.StateAsync("count", ProcessState.Exited);
        Assert.Equal("500000\n", await running.OutputAsync("count"));
        var refused = await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.SendStdinAsync("count", [1]));
        Assert.Equal("NOT_RUNNING: count", refused.Message);
    }

    [Fact]
    public async Task A_process_that_closed_its_input_says_so()
    {
        await using var running = RunningSupervisor.Start(Sh("shut", "exec 0<&-; echo up; exec sleep 1000"));
        await running.Supervisor.StartAsync("shut", wait: true);
        await running.OutputAsync("shut", "up\n");
        var refused = await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.SendStdinAsync("shut", [1]));
        Assert.Equal("NO_FILE: shut", refused.Message);
    }
}
