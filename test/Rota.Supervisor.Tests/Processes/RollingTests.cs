using Rota.Supervisor.Config;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;
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

    [Fact]
    public async Task One_that_is_replaced_while_its_start_is_queued_never_starts()
    {
        using var folder = new Folder();
        var time = TimeProvider.System;
        var daemon = ConfigOf(folder.Path).Daemon with
        {
            LogFile = Path.Combine(folder.Path, "log"),
            ChildLogDir = folder.Path,
        };
        using var output = new OutputPump(time, loop => new(LogLevel.Info, loop, time));
        output.Log.Open(daemon);
        output.Loop.Start();
        using var loop = new EventLoop("test", time, error => output.Log.Critical($"{error}"));
        var around = new ProcessSurroundings(loop, output, new(), new(null, false), time)
        {
            Vault = new(loop, []),
            StripAnsi = false,
        };
        var group = new ProcessGroup(Group("web", Sh("a", "exit 0") with { AutoStart = true }), daemon, around);
        var former = group.Find("a")!;
        former.Next.AutoStart();
        group.Put(Sh("a", "exit 1"), daemon);

        var isDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.InBackground(isDone.SetResult);
        loop.Start();
        await isDone.Task.WaitAsync(Deadline);
        Assert.Equal((ProcessState.Stopped, 0), (former.State, former.Memory.Spawns));
    }

    [Fact]
    public async Task Timed_restarts_go_on_after_an_upgrade_that_failed_meanwhile()
    {
        using var folder = new Folder();
        var go = Path.Combine(folder.Path, "go");
        var at = DateTimeOffset.UtcNow.AddSeconds(3);
        ProcessConfig Timed(string name) => Sh(name, "exec sleep 1000") with
        {
            Life = new()
            {
                ReadyWhen = Check.ForReadiness($"file:{go}"),
                RestartTimes = [RestartTime.Of($"{at.Second} {at.Minute} {at.Hour} * * *", "UTC")],
                RestartRolling = true,
            },
        };
        await File.WriteAllTextAsync(go, "");
        await using var running = RunningSupervisor.Start(LogLevel.Info, Group("web", Timed("a"), Timed("b")));
        await running.Supervisor.StartAllAsync(wait: true);
        File.Delete(go);
        var first = (await running.EventAsync("PROCESS_STATE_STOPPING")).Payload.Contains("processname:a ") ? "a" : "b";
        await running.StateAsync(first, ProcessState.Starting);

        // The upgrade waits for the output, and meanwhile the first is ready: nothing is started then.
        using var hold = new ManualResetEventSlim();
        running.Output.Loop.Post(hold.Wait);
        var upgrade = running.Supervisor.HandOverAsync(_ => Errno.NotFound);
        await ControlGroupsHere.UntilAsync(() => running.Supervisor.State == DaemonState.Restarting);
        await File.WriteAllTextAsync(go, "");
        await running.StateAsync(first, ProcessState.Running);
        for (var turn = 0; turn < 20; turn++)
            await running.Supervisor.ListAsync();
        hold.Set();
        Assert.Equal(Errno.NotFound, await upgrade);
        var second = first == "a" ? "b" : "a";
        await running.StateAsync(second, ProcessState.Stopping);
        await running.StateAsync(second, ProcessState.Running);
    }

    [Fact]
    public async Task An_error_in_timed_restarts_is_in_the_log_and_the_next_ones_come()
    {
        ProcessConfig Timed(string name) => Web(name) with
        {
            Life = Web(name).Life with { RestartEverySeconds = 2, RestartRolling = true },
        };
        await using var running = RunningSupervisor.Start(LogLevel.Info, Group("web", Timed("a"), Timed("b")));
        var failed = "";
        using var subscription = running.Supervisor.Subscribe(happened =>
        {
            if (failed.Length > 0 || !happened.Is("PROCESS_STATE_STOPPING"))
                return;
            failed = happened.Payload.Contains("processname:a ") ? "a" : "b";
            throw new InvalidOperationException("a bug");
        });
        await running.Supervisor.StartAllAsync(wait: true);
        await ControlGroupsHere.UntilAsync(() => failed.Length > 0);
        var other = failed == "a" ? "b" : "a";
        await running.StateAsync(other, ProcessState.Stopping);
        await running.StateAsync(other, ProcessState.Running);
        Assert.Contains(await running.LogAsync(), line => line.StartsWith(
            "CRIT error in the supervisor: System.InvalidOperationException: a bug", StringComparison.Ordinal));
    }

    private static async Task<Dictionary<string, int>> PidsAsync(RunningSupervisor running) =>
        (await running.Supervisor.ListAsync()).ToDictionary(facts => facts.Name, facts => facts.Pid);

    private static ProcessConfig Web(string name) =>
        ReadinessTests.Waits(name, "sleep 0.2; echo up; exec cat", "log:^up$");
}
