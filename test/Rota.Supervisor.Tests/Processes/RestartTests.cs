using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>The pace of restarts of real processes, and their limit.</summary>
public sealed class RestartTests
{
    [Fact]
    public async Task A_restart_waits_for_its_delay_and_the_status_says_so()
    {
        await using var running = RunningSupervisor.Start(Paced("again", "exit 1", new(60, 1, 300, 0, 0)));
        await running.Supervisor.StartAsync("again", wait: true);
        await running.StateAsync("again", ProcessState.Exited);
        var facts = await running.Supervisor.FindAsync("again");
        Assert.Matches("^starts again in [4-7][0-9] seconds$", facts.Waiting);
        Assert.Equal(1, facts.Spawns);

        await running.Supervisor.StopAsync("again", wait: true);
        Assert.Null((await running.Supervisor.FindAsync("again")).Waiting);
        var fault = await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.StopAsync("again", wait: true));
        Assert.Equal(FaultCode.NotRunning, fault.Code);
    }

    [Fact]
    public async Task A_start_by_command_does_not_wait_for_the_delay()
    {
        await using var running = RunningSupervisor.Start(Paced("again", "exit 1", new(60, 1, 300, 0, 0)));
        await running.Supervisor.StartAsync("again", wait: true);
        await running.StateAsync("again", ProcessState.Exited);
        await running.Supervisor.StartAsync("again", wait: true);
        await running.StateAsync("again", ProcessState.Exited);
        Assert.Equal(2, (await running.Supervisor.FindAsync("again")).Spawns);
    }

    [Fact]
    public async Task After_the_delay_it_starts()
    {
        await using var running = RunningSupervisor.Start(Paced("again", "exit 1", new(1, 1, 300, 0, 0)));
        await running.Supervisor.StartAsync("again", wait: true);
        await running.StateAsync("again", ProcessState.Exited);
        await running.StateAsync("again", ProcessState.Running);
        await running.StateAsync("again", ProcessState.Exited);
        var facts = await running.Supervisor.FindAsync("again");
        Assert.Equal(2, facts.Spawns);
    }

    [Fact]
    public async Task More_restarts_than_the_limit_are_FATAL()
    {
        await using var running = RunningSupervisor.Start(Paced("mad", "exit 1", new(0, 1, 300, 3, 60)));
        await running.Supervisor.StartAsync("mad", wait: true);
        await running.EventAsync("PROCESS_STATE_FATAL", "processname:mad groupname:mad from_state:EXITED");
        var facts = await running.Supervisor.FindAsync("mad");
        Assert.Equal((ProcessState.Fatal, 4, "restarts too often: 3 within 60 seconds"),
            (facts.State, facts.Spawns, facts.SpawnError));
        Assert.Contains("WARN gave up: mad entered FATAL state, restarts too often: 3 within 60 seconds "
            + "(restart_limit)", await running.LogAsync());

        await running.Supervisor.StartAsync("mad", wait: true);
        await running.StateAsync("mad", ProcessState.Fatal);
        Assert.Equal(8, (await running.Supervisor.FindAsync("mad")).Spawns);
    }

    private static ProcessConfig Paced(string name, string script, RestartConfig pace) => Sh(name, script) with
    {
        AutoRestart = AutoRestart.Always,
        Life = new() { Restart = pace },
    };
}
