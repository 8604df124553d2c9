using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.ChildEnvironmentTests;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>`stop_tree`: all that a process started ends with it.</summary>
public sealed class TreeTests
{
    [Fact]
    public async Task Descendants_in_sessions_of_their_own_whose_parents_are_gone_are_stopped_too()
    {
        // The middle one ends at once, so that the sleeper's parent is another process.
        await using var running = RunningSupervisor.Start(Tree("app",
            "sh -c \"setsid sleep 1000 & echo \\$!\"; setsid sleep 1000 & echo $!; exec cat"));
        await running.Supervisor.StartAsync("app", wait: true);
        var pids = await PidsAsync(running, 2);
        Assert.All(pids, pid => Assert.True(IsAlive(pid)));
        await running.Supervisor.StopAsync("app", wait: true);
        foreach (var pid in pids)
            await WaitUntilGoneAsync(pid);
    }

    [Fact]
    public async Task A_descendant_that_ignores_the_signal_is_killed_after_stopwaitsecs()
    {
        await using var running = RunningSupervisor.Start(
            Tree("app", "setsid sh -c \"trap : TERM; echo \\$\\$; while :; do sleep 0.05; done\" & exec cat") with
            {
                StopWaitSeconds = 1,
            });
        await running.Supervisor.StartAsync("app", wait: true);
        var pids = await PidsAsync(running, 1);
        await running.Supervisor.StopAsync("app", wait: true);
        Assert.Equal(ProcessState.Stopped, (await running.Supervisor.FindAsync("app")).State);
        await WaitUntilGoneAsync(pids[0]);
    }

    [Fact]
    public async Task After_an_end_of_its_own_what_it_left_is_gone_before_the_next_start()
    {
        await using var running = RunningSupervisor.Start(
            Tree("app", "setsid sleep 1000 & echo $!; read x; exit 1") with { AutoRestart = AutoRestart.Never });
        await running.Supervisor.StartAsync("app", wait: true);
        var pids = await PidsAsync(running, 1);
        await running.Supervisor.SendStdinAsync("app", "\n"u8.ToArray());
        await running.StateAsync("app", ProcessState.Exited);
        await WaitUntilGoneAsync(pids[0]);
    }

    [Fact]
    public async Task Other_processes_of_the_same_program_are_left_alone()
    {
        await using var running = RunningSupervisor.Start(Tree("one", "setsid sleep 1000 & echo $!; exec cat"),
            Tree("two", "setsid sleep 1000 & echo $!; exec cat"));
        await running.Supervisor.StartAllAsync(wait: true);
        var other = int.Parse(await running.OutputAsync("two", "\n"));
        await running.Supervisor.StopAsync("one", wait: true);
        Assert.True(IsAlive(other));
    }

    [Fact]
    public async Task Memory_of_the_whole_tree_above_the_limit_restarts_it()
    {
        const string eat = "python3 -c \"import time; x = b'x' * (132 << 20); time.sleep(1000)\"";
        var config = Sh("fat", $"{eat} & wait") with
        {
            Life = new() { StopTree = true, Limits = new(null, null, 128 << 20) },
        };
        await using var running = RunningSupervisor.Start(config with { Command = "fat" });
        await running.Supervisor.StartAsync("fat", wait: true);
        await running.StateAsync("fat", ProcessState.Stopping);
        await running.StateAsync("fat", ProcessState.Stopped);
        await running.StateAsync("fat", ProcessState.Running);
        Assert.Contains(await running.LogAsync(), line => line.StartsWith("WARN restarting fat: its memory is ",
            StringComparison.Ordinal) && line.EndsWith(" MB, over limit_memory 128 MB", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_several_with_a_limit_only_the_one_above_it_is_restarted()
    {
        const string eat = "exec python3 -c \"import time; x = b'x' * (132 << 20); time.sleep(1000)\"";
        await using var running = RunningSupervisor.Start(Limited("thin", 400), Limited("fat", 128));
        await running.Supervisor.StartAllAsync(wait: true);
        await running.StateAsync("fat", ProcessState.Stopping);
        await running.StateAsync("fat", ProcessState.Running);
        Assert.Equal(1, (await running.Supervisor.FindAsync("thin")).Spawns);

        static ProcessConfig Limited(string name, long mega) =>
            Sh(name, eat) with { Life = new() { Limits = new(null, null, mega << 20) } };
    }

    [Fact]
    public async Task Limits_of_the_system_are_set_before_the_program_begins()
    {
        var config = Sh("app", "ulimit -n; prlimit --nproc -o HARD --noheadings");
        await using var running = RunningSupervisor.Start(config with
        {
            Umask = 23,
            Life = new() { Limits = new(123, 4567, null) },
        });
        await running.Supervisor.StartAsync("app", wait: true);
        await running.StateAsync("app", ProcessState.Exited);
        var lines = (await running.OutputAsync("app")).Split('\n', StringSplitOptions.TrimEntries);
        Assert.Equal(["123", "4567", ""], lines);
    }

    private static async Task<int[]> PidsAsync(RunningSupervisor running, int count)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var turn = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            var lines = (await running.OutputAsync("app")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (lines.Length >= count)
                return [.. lines.Select(int.Parse)];
            await turn.WaitForNextTickAsync(deadline.Token);
        }
    }

    private static ProcessConfig Tree(string name, string script) =>
        Sh(name, script) with { Life = new() { StopTree = true } };
}
