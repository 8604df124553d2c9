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

    [Fact]
    public async Task Timed_restarts_take_turns_and_none_follows_one_that_fails()
    {
        using var folder = new Folder();
        var twice = "test -e ran && exit 1; touch ran; echo up; exec cat";
        ProcessConfig Timed(ProcessConfig process) => process with
        {
            Life = process.Life with { RestartEverySeconds = 2, RestartRolling = true },
            StartRetries = 0,
        };
        await using var running = RunningSupervisor.Start(LogLevel.Info, Group("web", Timed(Web("a")),
            Timed(Sh("b", twice) with { Directory = folder.Path, Life = Web("b").Life }), Timed(Web("c"))));
        await running.Supervisor.StartAllAsync(wait: true);
        await running.LineAsync("WARN rolling through web ended with b, the others run on as they are: SPAWN_ERROR: "
            + "web:b");
        const string reason = "it has run for 2 seconds (restart_every_secs), one after the other (restart_rolling)";
        var log = (await running.LogAsync()).SkipWhile(line => !line.StartsWith("WARN", StringComparison.Ordinal))
            .Where(line => line.StartsWith("WARN rest") || line.StartsWith("INFO success")).ToList();
        Assert.Equal([$"WARN restarting a: {reason}", "INFO success: a entered RUNNING state, process has stayed up "
            + "for > than 0 seconds (startsecs)", $"WARN restarting b: {reason}"], log.Take(3));
        Assert.Equal(1, (await running.Supervisor.FindAsync("web:c")).Spawns);

        // At its next time it is restarted: b is FATAL and in nobody's way.
        await running.LineAsync($"WARN restarting c: {reason}");
    }

    [Fact]
    public async Task An_update_replaces_what_differs_and_leaves_the_rest_alone()
    {
        await using var running = RunningSupervisor.Start(LogLevel.Info,
            Group("web", Web("a"), Web("b"), Web("c"), Web("d")));
        await running.Supervisor.StartAllAsync(wait: true);
        var pids = await PidsAsync(running);
        var other = Web("x") with { StopWaitSeconds = 3 };
        running.Next = ConfigOf(running.Folder, Group("web", other with { Name = "a" }, Web("b"),
            other with { Name = "d" }, other with { Name = "e", AutoStart = true }));
        Assert.Equal(["web"], (await running.Supervisor.RereadAsync()).Changed);

        var results = await running.Supervisor.RollUpdateAsync("web").WaitAsync(Deadline);
        Assert.Equal(["a OK", "d OK", "e OK", "c OK"], results.Select(one => $"{one.Name} {one.Description}"));
        var after = await PidsAsync(running);
        Assert.Equal(["a", "b", "d", "e"], after.Keys);
        Assert.Equal(pids["b"], after["b"]);
        Assert.NotEqual(pids["a"], after["a"]);
        Assert.Empty((await running.Supervisor.RereadAsync()).Changed);
        var log = await running.LogAsync();
        Assert.True(Array.FindLastIndex(log, line => line.StartsWith("INFO success: a "))
            < Array.FindIndex(log, line => line == "INFO updated d: one after the other (rolling update)"));
    }

    [Fact]
    public async Task An_update_ends_with_the_first_that_does_not_come_up_and_the_file_still_differs()
    {
        await using var running = RunningSupervisor.Start(LogLevel.Info, Group("web", Web("a"), Web("b")));
        await running.Supervisor.StartAllAsync(wait: true);
        var pids = await PidsAsync(running);
        running.Next = ConfigOf(running.Folder, Group("web", Web("a") with { Arguments = ["/nonexistent"] },
            Web("b") with { StopWaitSeconds = 3 }));
        await running.Supervisor.RereadAsync();
        Assert.Equal(["a NO_FILE: can't find command '/nonexistent'"],
            (await running.Supervisor.RollUpdateAsync("web")).Select(one => $"{one.Name} {one.Description}"));
        Assert.Equal(pids, await PidsAsync(running)); // what cannot be found stops nothing

        running.Next = ConfigOf(running.Folder, Group("web", Web("a") with { StopWaitSeconds = 3 },
            Sh("b", "exit 1") with { StartSeconds = 9, StartRetries = 0 }));
        await running.Supervisor.RereadAsync();
        Assert.Equal(["a OK", "b SPAWN_ERROR: web:b"], (await running.Supervisor.RollUpdateAsync("web")
            .WaitAsync(Deadline)).Select(one => $"{one.Name} {one.Description}"));
        Assert.Empty((await running.Supervisor.RereadAsync()).Changed);
    }

    [Fact]
    public async Task What_all_of_a_group_has_to_stop_for_is_refused()
    {
        await using var running = RunningSupervisor.Start(LogLevel.Info, Group("web", Web("a")));
        running.Next = running.Next with { Daemon = running.Next.Daemon with { Environment = [new("A", "1")] } };
        Assert.Equal(["web"], (await running.Supervisor.RereadAsync()).Changed);
        var fault = await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.RollUpdateAsync("web"));
        Assert.Equal("STILL_RUNNING: web cannot be replaced one by one: the environment of [supervisord] has changed",
            fault.Message);
        fault = await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.RollUpdateAsync("none"));
        Assert.Equal("BAD_NAME: none", fault.Message);
    }

    private static async Task<Dictionary<string, int>> PidsAsync(RunningSupervisor running) =>
        (await running.Supervisor.ListAsync()).ToDictionary(facts => facts.Name, facts => facts.Pid);

    private static ProcessConfig Web(string name) =>
        ReadinessTests.Waits(name, "sleep 0.2; echo up; exec cat", "log:^up$");
}
