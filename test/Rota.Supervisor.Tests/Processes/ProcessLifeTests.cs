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
        await using var running = RunningSupervisor.Start(Sh("bad", "exit 3") with { StartSeconds = 1, StartRetries = 1 });
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
    public async Task What_was_written_before_the_end_is_in_the_log()
    {
        await using var running = RunningSupervisor.Start(Sh("say", "echo out; echo err >&2; exit 0"));
        await running.Supervisor.StartAsync("say", wait: true);
        await running.StateAsync("say", ProcessState.Exited);
        Assert.Equal("out\n", await running.OutputAsync("say"));
        Assert.Equal("err\n", await running.OutputAsync("say", OutputChannel.Stderr));
        Assert.Equal("INFO exited: say (exit status 0; expected)", (await running.LogAsync())[^1]);
    }
}
