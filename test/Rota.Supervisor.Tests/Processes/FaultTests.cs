using System.Diagnostics;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Rpc;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>Children that behave badly, and a clock that does.</summary>
public class FaultTests
{
    private const int Kill = 9;

    /// <summary>Forks until its user may have no more processes, and goes on trying; all of them ignore TERM.</summary>
    private const string Bomb = """
        import os, resource, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_NPROC, (60, 60))
        while True:
            try:
                os.fork()
            except OSError:
                print('full', flush=True)
                time.sleep(0.1)
        """;

    [Fact]
    public async Task A_fork_bomb_at_its_limit_disturbs_nobody_and_ends_with_its_group()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a process another user");
        await using var running = RunningSupervisor.Start(
            Sh("bomb", "") with
            {
                Arguments = ["/usr/bin/python3", "-c", Bomb],
                User = new("nobody", 65534, 65534),
                StopAsGroup = true,
                KillAsGroup = true,
                StopWaitSeconds = 1,
            },
            Sh("other", "exec cat"), Sh("third", "echo fine"));
        await running.Supervisor.StartAsync("other", wait: true);
        await running.Supervisor.StartAsync("bomb", wait: true);
        await running.OutputAsync("bomb", "full\n");
        var group = (await running.Supervisor.FindAsync("bomb")).Pid;
        Assert.InRange(MembersOf(group), 10, 60);

        var start = Stopwatch.GetTimestamp();
        await running.Supervisor.ListAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        await running.Supervisor.SendStdinAsync("other", "heard\n"u8.ToArray());
        await running.OutputAsync("other", "heard\n");
        await running.Supervisor.StartAsync("third", wait: true);
        Assert.Equal("fine\n", await running.OutputAsync("third", "fine\n"));

        await running.Supervisor.StopAsync("bomb", wait: true);
        Assert.Equal(ProcessState.Stopped, (await running.Supervisor.FindAsync("bomb")).State);
        await UntilAsync(() => MembersOf(group) == 0);
    }

    [Fact]
    public async Task What_makes_itself_a_daemon_is_EXITED_and_lives_on_by_itself()
    {
        const string script = "setsid sh -c \"echo \\$\\$; exec sleep 1000 < /dev/null > /dev/null 2>&1\" & exit 0";
        await using var running = RunningSupervisor.Start(Sh("away", script));
        await running.Supervisor.StartAsync("away", wait: true);
        await running.StateAsync("away", ProcessState.Exited);
        var pid = int.Parse((await running.OutputAsync("away", "\n")).Split('\n')[0]);
        Assert.True(ChildEnvironmentTests.IsAlive(pid));
        Assert.Equal(0, (await running.Supervisor.FindAsync("away")).Pid);
        Assert.Contains("INFO exited: away (exit status 0; expected)", await running.LogAsync());
        Native.Children.Signal(pid, Kill);
    }

    [Fact]
    public async Task What_closes_its_outputs_and_its_input_runs_on()
    {
        await using var running = RunningSupervisor.Start(Sh("mute", "exec <&- >&- 2>&-; exec sleep 1000"));
        await running.Supervisor.StartAsync("mute", wait: true);
        await UntilAsync(async () => await Record.ExceptionAsync(
            () => running.Supervisor.SendStdinAsync("mute", [1])) is SupervisorFault { Code: FaultCode.NoFile });
        Assert.Equal(ProcessState.Running, (await running.Supervisor.FindAsync("mute")).State);
        await running.Supervisor.StopAsync("mute", wait: true);
        Assert.Contains("INFO stopped: mute (terminated by SIGTERM)",
            (await running.LogAsync()).Select(line => line.Replace("WARN", "INFO")));
    }

    [Fact]
    public async Task Bytes_of_every_value_arrive_in_the_log_as_they_are()
    {
        using var folder = new Folder();
        var copy = Path.Combine(folder.Path, "copy");
        await using var running = RunningSupervisor.Start(Sh("binary", $"head -c 3000000 /dev/urandom | tee {copy}"));
        await running.Supervisor.StartAsync("binary", wait: true);
        await running.StateAsync("binary", ProcessState.Exited);
        var log = (await running.Supervisor.FindAsync("binary")).StdoutLog;
        Assert.Equal(await File.ReadAllBytesAsync(copy), await File.ReadAllBytesAsync(log));
    }

    [Fact]
    public async Task A_file_that_takes_the_place_of_a_log_is_written_to_within_a_second()
    {
        await using var running = RunningSupervisor.Start(Sh("cat", "exec cat"));
        await running.Supervisor.StartAsync("cat", wait: true);
        var log = (await running.Supervisor.FindAsync("cat")).StdoutLog;
        var other = Path.Combine(running.Folder, "other");
        await File.WriteAllTextAsync(other, "other\n");
        File.Move(other, log, overwrite: true);
        await UntilAsync(async () =>
        {
            await running.Supervisor.SendStdinAsync("cat", "more\n"u8.ToArray());
            return (await File.ReadAllTextAsync(log)).EndsWith("more\n", StringComparison.Ordinal);
        });
        Assert.StartsWith("other\nmore\n", await File.ReadAllTextAsync(log), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_clock_that_is_set_by_an_hour_restarts_kills_and_delays_nothing(int hours)
    {
        var clock = new SteppedClock();
        await using var running = RunningSupervisor.Start(clock, Sh("up", "exec sleep 1000"),
            Sh("slow", "exec sleep 1000") with { StartSeconds = 2 },
            Sh("deaf", "trap \"\" TERM; while :; do sleep 0.1; done") with { StopWaitSeconds = 2 },
            Sh("retry", "exit 1") with { StartSeconds = 1, StartRetries = 1000 });
        foreach (var name in new[] { "up", "deaf" })
            await running.Supervisor.StartAsync(name, wait: true);
        await running.Supervisor.StartAsync("retry", wait: false);
        var before = await running.Supervisor.FindAsync("up");
        var start = Stopwatch.GetTimestamp();
        await running.Supervisor.StartAsync("slow", wait: false);
        await running.Supervisor.StopAsync("deaf", wait: false);

        clock.Offset = TimeSpan.FromHours(hours);
        await running.StateAsync("slow", ProcessState.Running);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(20));
        await running.LineAsync($"WARN killing 'deaf' ({Pid(await running.LogAsync(), "deaf")}) with SIGKILL");
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(20));
        await UntilAsync(async () => (await running.Supervisor.FindAsync("retry")).Spawns > 2);
        await running.EventAsync("TICK_5");

        var after = await running.Supervisor.FindAsync("up");
        Assert.Equal((before.Pid, 1, ProcessState.Running), (after.Pid, after.Spawns, after.State));
        Assert.True(after.Start <= after.Now);
        Assert.Matches(hours > 0 ? "uptime 1:00:" : "uptime 0:00:", InfoMethods.Description(after, clock));
    }

    private static string Pid(string[] log, string name) =>
        log.Single(line => line.StartsWith($"INFO spawned: '{name}'", StringComparison.Ordinal)).Split(' ')[^1];

    /// <summary>How many processes are in a process group.</summary>
    private static int MembersOf(int group) => Directory.GetDirectories("/proc")
        .Count(path => int.TryParse(Path.GetFileName(path), out var pid) && ChildEnvironmentTests.IsAlive(pid)
            && GroupOf(pid) == group);

    private static int GroupOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[2]);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var turn = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await isSo())
            await turn.WaitForNextTickAsync(deadline.Token);
    }
}
