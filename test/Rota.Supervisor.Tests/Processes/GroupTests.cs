using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>Many processes at once: groups, orders, changes of the file, the end.</summary>
public class GroupTests
{
    private static ProcessConfig Sleep(string name, int priority = 999) =>
        Sh(name, "exec sleep 1000") with { Priority = priority };

    [Fact]
    public async Task All_start_and_stop_in_the_order_of_their_priorities_and_none_is_left()
    {
        await using var running = RunningSupervisor.Start(LogLevel.Info,
            Group("late", Sleep("late", 2)), Group("early", Sleep("early", 1)),
            Group("many", [.. Enumerable.Range(0, 200).Select(number => Sleep($"m{number:d3}"))]));
        var started = await running.Supervisor.StartAllAsync(wait: true);
        Assert.Equal(202, started.Count);
        Assert.Equal(["early", "late", "m000"], started.Take(3).Select(result => result.Name));
        Assert.All(started, result => Assert.Equal((FaultCode.Success, "OK"), (result.Status, result.Description)));
        var pids = (await running.Supervisor.ListAsync()).Select(facts => facts.Pid).ToList();

        Assert.Empty(await running.Supervisor.StartAllAsync(wait: true));
        Assert.Equal(202, (await running.Supervisor.StopAllAsync(wait: true)).Count);
        Assert.DoesNotContain(pids, pid => File.Exists($"/proc/{pid}/stat"));
        Assert.All(await running.Supervisor.ListAsync(), facts => Assert.Equal(ProcessState.Stopped, facts.State));
    }

    [Fact]
    public async Task Faults_of_some_stand_before_the_results_of_the_others()
    {
        await using var running = RunningSupervisor.Start(LogLevel.Info,
            Group("g", Sleep("a") with { StartSeconds = 1 }, Sleep("b") with { Arguments = ["/nonexistent"] }));
        var results = await running.Supervisor.StartGroupAsync("g", wait: true);
        Assert.Equal(
            [
                new("b", "g", FaultCode.NoFile, "NO_FILE: can't find command '/nonexistent'"),
                new ProcessResult("a", "g", FaultCode.Success, "OK"),
            ], results);
        Assert.Equal("a", Assert.Single(await running.Supervisor.SignalGroupAsync("g", "CONT")).Name);
        var fault = await Assert.ThrowsAsync<SupervisorFault>(
            () => running.Supervisor.StopGroupAsync("none", wait: true));
        Assert.Equal("BAD_NAME: none", fault.Message);
    }

    [Fact]
    public async Task A_changed_file_is_compared_and_applied_group_by_group()
    {
        await using var running = RunningSupervisor.Start(Sleep("gone"), Sleep("same"), Sleep("other"));
        await running.Supervisor.StartAsync("gone", wait: true);
        running.Next = ConfigOf(running.Folder, Group("same", Sleep("same")),
            Group("other", Sleep("other") with { StopWaitSeconds = 3 }),
            Group("new", Sleep("new") with { AutoStart = true }));

        var diff = await running.Supervisor.RereadAsync();
        Assert.Equal("new, other, gone", string.Join(", ", [.. diff.Added, .. diff.Changed, .. diff.Removed]));
        Assert.Equal((1, 1), (diff.Added.Count, diff.Removed.Count));
        Assert.Equal(3, (await running.Supervisor.ListGroupsAsync()).Count);

        await AssertFaultAsync("STILL_RUNNING: gone", () => running.Supervisor.RemoveGroupAsync("gone"));
        await AssertFaultAsync("BAD_NAME: none", () => running.Supervisor.RemoveGroupAsync("none"));
        await AssertFaultAsync("BAD_NAME: gone", () => running.Supervisor.AddGroupAsync("gone"));
        await AssertFaultAsync("ALREADY_ADDED: other", () => running.Supervisor.AddGroupAsync("other"));
        await running.Supervisor.StopAsync("gone", wait: true);
        await running.Supervisor.RemoveGroupAsync("gone");
        await running.EventAsync("PROCESS_GROUP_REMOVED", "groupname:gone\n");
        await running.Supervisor.RemoveGroupAsync("other");
        await running.Supervisor.AddGroupAsync("other");
        await running.Supervisor.AddGroupAsync("new");
        await running.EventAsync("PROCESS_GROUP_ADDED", "groupname:new\n");
        await running.StateAsync("new", ProcessState.Running);
        diff = await running.Supervisor.RereadAsync();
        Assert.Empty(diff.Added.Concat(diff.Changed).Concat(diff.Removed));
    }

    [Fact]
    public async Task A_shutdown_stops_one_group_after_the_other_from_the_highest_number_down()
    {
        var running = RunningSupervisor.Start(LogLevel.Info,
            Group("first", Sleep("first", 1) with { AutoStart = true }),
            Group("last", Sleep("last", 9) with { AutoStart = true }));
        await running.StateAsync("last", ProcessState.Running);
        await running.Supervisor.ShutdownAsync();
        Assert.Equal(DaemonState.Shutdown, await running.Supervisor.Ended.WaitAsync(Deadline));
        var log = (await running.LogAsync()).SkipWhile(line => !line.Contains("to die", StringComparison.Ordinal));
        Assert.Equal(
            [
                "INFO waiting for first, last to die",
                "WARN stopped: last (terminated by SIGTERM)",
                "WARN stopped: first (terminated by SIGTERM)",
            ], log);
        await running.DisposeAsync();
    }

    [Fact]
    public async Task What_waits_for_its_next_try_is_given_up_at_a_shutdown()
    {
        var running = RunningSupervisor.Start(Sh("bad", "exit 1") with { StartSeconds = 9, AutoStart = true });
        await running.StateAsync("bad", ProcessState.Backoff);
        await running.DisposeAsync();
        await running.StateAsync("bad", ProcessState.Fatal);
    }

    private static async Task AssertFaultAsync(string text, Func<Task> operation) =>
        Assert.Equal(text, (await Assert.ThrowsAsync<SupervisorFault>(operation)).Message);
}
