using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>`health_check`: what runs and does not answer is restarted.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task After_some_failures_in_a_row_it_is_restarted_and_the_log_says_why()
    {
        using var folder = new Folder();
        var good = Path.Combine(folder.Path, "good");
        await File.WriteAllTextAsync(good, "");
        await using var running = RunningSupervisor.Start(
            Checked("app", "exec cat", $"command:test -e {good}", failures: 2));
        await running.Supervisor.StartAsync("app", wait: true);
        var first = (await running.Supervisor.FindAsync("app")).Pid;
        File.Delete(good);
        await running.StateAsync("app", ProcessState.Stopping);
        await running.StateAsync("app", ProcessState.Stopped);
        await running.StateAsync("app", ProcessState.Running);
        Assert.NotEqual(first, (await running.Supervisor.FindAsync("app")).Pid);
        var log = await running.LogAsync();
        Assert.Contains("WARN health check 1/2 of app failed, command: exit status 1", log);
        Assert.Contains("WARN restarting app: health check command failed 2 times in a row", log);
    }

    [Fact]
    public async Task A_port_that_answers_nobody_is_a_failure()
    {
        var port = ReadinessTests.FreePort();
        await using var running = RunningSupervisor.Start(
            Checked("app", "exec cat", $"port:127.0.0.1:{port}", failures: 1));
        await running.Supervisor.StartAsync("app", wait: true);
        await running.LineAsync($"WARN restarting app: health check port:127.0.0.1:{port} failed 1 times in a row");
        await running.StateAsync("app", ProcessState.Stopped);
        await running.StateAsync("app", ProcessState.Running);
    }

    [Fact]
    public async Task A_check_that_takes_too_long_is_ended_and_is_a_failure()
    {
        await using var running = RunningSupervisor.Start(
            Checked("app", "exec cat", "command:sleep 1000", failures: 1));
        await running.Supervisor.StartAsync("app", wait: true);
        await running.LineAsync("WARN health check 1/1 of app failed, command: not done within 1 seconds");
        await running.StateAsync("app", ProcessState.Stopped);
    }

    [Fact]
    public async Task A_stop_during_such_a_restart_leaves_it_stopped()
    {
        await using var running = RunningSupervisor.Start(Checked("app",
            "trap \"sleep 0.5; exit 0\" TERM; while :; do sleep 0.05; done", "command:false", failures: 1));
        await running.Supervisor.StartAsync("app", wait: true);
        await running.StateAsync("app", ProcessState.Stopping);
        await running.Supervisor.StopAsync("app", wait: true);
        Assert.Equal(ProcessState.Stopped, (await running.Supervisor.FindAsync("app")).State);
        await running.Supervisor.StartAsync("app", wait: true);
        Assert.Equal(2, (await running.Supervisor.FindAsync("app")).Spawns);
    }

    private static ProcessConfig Checked(string name, string script, string check, int failures) =>
        Sh(name, script) with
        {
            Life = new() { Health = new(Check.ForHealth(check), 1, 1, failures) },
        };
}
