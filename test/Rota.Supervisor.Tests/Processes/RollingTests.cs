using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>A rolling restart: one process after the other.</summary>
public sealed class RollingTests
{
    [Fact]
    public async Task Each_is_restarted_when_the_one_before_is_ready_again()
    {
        await using var running = RunningSupervisor.Start(LogLevel.Info, Group("web", Web("a"), Web("b")));
        await running.Supervisor.StartAllAsync(wait: true);
        var results = await running.Supervisor.RollAsync("web").WaitAsync(Deadline);
        Assert.Equal([("a", FaultCode.Success), ("b", FaultCode.Success)],
            results.Select(result => (result.Name, result.Status)));
        // Of the second half of the log: a is up again before b is asked to stop.
        var log = await running.LogAsync();
        var restarts = log.SkipWhile(line => !line.StartsWith("WARN restarting a", StringComparison.Ordinal)).ToList();
        Assert.True(restarts.FindIndex(line => line.StartsWith("INFO success: a ", StringComparison.Ordinal))
            < restarts.FindIndex(line => line.StartsWith("WARN restarting b", StringComparison.Ordinal)));
        Assert.Equal(2, (await running.Supervisor.FindAsync("web:b")).Spawns);
    }

    [Fact]
    public async Task It_ends_with_the_first_that_does_not_come_up_and_the_others_run_on()
    {
        using var folder = new Folder();
        var once = Sh("a", "test -e ran && exit 1; touch ran; echo up; exec cat") with { Directory = folder.Path };
        await using var running = RunningSupervisor.Start(LogLevel.Info,
            Group("web", once with { Life = Web("a").Life, StartRetries = 0 }, Web("b")));
        await running.Supervisor.StartAllAsync(wait: true);
        var result = Assert.Single(await running.Supervisor.RollAsync("web").WaitAsync(Deadline));
        Assert.Equal(("a", FaultCode.SpawnError), (result.Name, result.Status));
        Assert.Equal(1, (await running.Supervisor.FindAsync("web:b")).Spawns);
    }

    private static ProcessConfig Web(string name) =>
        ReadinessTests.Waits(name, "sleep 0.2; echo up; exec cat", "log:^up$");
}
