using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.ReadinessTests;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>`depends_on`: starts wait, stops come first.</summary>
public sealed class DependencyTests
{
    [Fact]
    public async Task An_automatic_start_waits_until_what_it_depends_on_is_ready()
    {
        await using var running = RunningSupervisor.Start(
            After("app", "exec cat", "db:db") with { AutoStart = true, Priority = 1 },
            Waits("db", "read x; echo up; exec cat", "log:up") with { AutoStart = true });
        await running.StateAsync("db", ProcessState.Starting);
        await running.LineAsync("INFO app waits for db to be ready");
        var facts = await running.Supervisor.FindAsync("app");
        Assert.Equal((ProcessState.Stopped, "waiting for db to be ready"), (facts.State, facts.Waiting));

        await running.Supervisor.SendStdinAsync("db", "\n"u8.ToArray());
        await running.StateAsync("db", ProcessState.Running);
        await running.StateAsync("app", ProcessState.Running);
    }

    [Fact]
    public async Task A_start_by_command_waits_and_a_stop_ends_the_wait()
    {
        await using var running = RunningSupervisor.Start(After("app", "exec cat", "db:*"), Sh("db", "exec cat"));
        var start = running.Supervisor.StartAsync("app", wait: true);
        await running.LineAsync("INFO app waits for db to be ready");
        await running.Supervisor.StopAsync("app", wait: true);
        var fault = await Assert.ThrowsAsync<SupervisorFault>(() => start.WaitAsync(Deadline));
        Assert.Equal("ABNORMAL_TERMINATION: app", fault.Message);

        start = running.Supervisor.StartAsync("app", wait: true);
        await running.Supervisor.StartAsync("db", wait: true);
        await start.WaitAsync(Deadline);
        Assert.Equal(ProcessState.Running, (await running.Supervisor.FindAsync("app")).State);
    }

    [Fact]
    public async Task What_was_done_once_and_well_counts_as_ready()
    {
        await using var running = RunningSupervisor.Start(After("app", "exec cat", "migrate:migrate"),
            Waits("migrate", "exit 0", "exit"));
        var start = running.Supervisor.StartAsync("app", wait: true);
        await running.LineAsync("INFO app waits for migrate to be ready");
        await running.Supervisor.StartAsync("migrate", wait: true);
        await start.WaitAsync(Deadline);
    }

    [Fact]
    public async Task One_that_is_FATAL_is_told_of_once_and_waited_for()
    {
        await using var running = RunningSupervisor.Start(
            After("app", "exec cat", "db:db") with { AutoStart = true },
            Sh("db", "test -e good && exec cat; exit 1") with
            {
                AutoStart = true,
                StartSeconds = 1,
                StartRetries = 0,
            });
        await running.StateAsync("db", ProcessState.Fatal);
        const string line = "WARN app waits for db, which is FATAL: start that first";
        await running.LineAsync(line);
        Assert.Equal("waiting for db (FATAL) to be ready", (await running.Supervisor.FindAsync("app")).Waiting);
        await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.StartAsync("db", wait: true));
        await running.StateAsync("db", ProcessState.Fatal);
        Assert.Single(await running.LogAsync(), said => said == line);
    }

    [Fact]
    public async Task A_restart_after_an_exit_waits_too()
    {
        await using var running = RunningSupervisor.Start(
            After("app", "read x; exit 1", "db:db"), Sh("db", "exec cat"));
        await running.Supervisor.StartAsync("db", wait: true);
        await running.Supervisor.StartAsync("app", wait: true);
        await running.Supervisor.StopAsync("db", wait: true);
        await running.Supervisor.SendStdinAsync("app", "\n"u8.ToArray());
        await running.StateAsync("app", ProcessState.Exited);
        await running.LineAsync("INFO app waits for db to be ready");
        Assert.Equal(ProcessState.Exited, (await running.Supervisor.FindAsync("app")).State);
        await running.Supervisor.StartAsync("db", wait: true);
        await running.StateAsync("app", ProcessState.Running);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dependents_stop_first_whatever_their_priority(bool isShutdown)
    {
        var running = RunningSupervisor.Start(
            After("app", "trap \"sleep 0.3; exit 0\" TERM; echo up; while :; do sleep 0.05; done", "db:db") with
            {
                Priority = 1,
            },
            Sh("db", "exec cat") with { Priority = 900 });
        await running.Supervisor.StartAllAsync(wait: true);
        await running.OutputAsync("app", "up\n");
        if (isShutdown)
            await running.Supervisor.ShutdownAsync();
        else
            await running.Supervisor.StopAllAsync(wait: true);
        await running.StateAsync("app", ProcessState.Stopping);
        await running.StateAsync("app", ProcessState.Stopped);
        await running.StateAsync("db", ProcessState.Stopping);
        await running.StateAsync("db", ProcessState.Stopped);
        await running.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_those_that_one_call_names_dependents_stop_first_and_the_others_are_left(bool waits)
    {
        await using var running = RunningSupervisor.Start(Sh("db", "exec cat"), Sh("other", "exec cat"),
            After("app", "trap \"sleep 0.3; exit 0\" TERM; echo up; while :; do sleep 0.05; done", "db:db"));
        await running.Supervisor.StartAllAsync(wait: true);
        await running.OutputAsync("app", "up\n");
        await Assert.ThrowsAsync<SupervisorFault>(
            () => running.Supervisor.StopEachAsync(["db", "nobody"], wait: true));
        var results = await running.Supervisor.StopEachAsync(["db", "app:*"], waits);
        Assert.Equal(["app", "db"], results.Select(result => result.Name).Order());
        await running.StateAsync("app", ProcessState.Stopping);
        await running.StateAsync("app", ProcessState.Stopped);
        await running.StateAsync("db", ProcessState.Stopping);
        await running.StateAsync("db", ProcessState.Stopped);
        Assert.Equal(ProcessState.Running, (await running.Supervisor.FindAsync("other")).State);
    }

    private static ProcessConfig After(string name, string script, params string[] needed) => Sh(name, script) with
    {
        Life = new() { DependsOn = [.. needed] },
    };
}
