using System.Diagnostics;
using System.Globalization;
using Rota.Supervisor.Config;
using Rota.Supervisor.Native;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Tests.Daemon;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>Limits that the system itself holds: `limit_cpu` and `limit_memory` with their controllers.</summary>
/// <remarks>Where version 1 of control groups keeps the controllers, <see cref="ControlKernelTests"/> runs these in a
/// kernel of their own. They share the group that this process is in, so nothing runs beside them.</remarks>
[CollectionDefinition(nameof(ControlLimitTests), DisableParallelization = true)]
[Collection(nameof(ControlLimitTests))]
public sealed class ControlLimitTests
{
    private const string Spin = "(while :; do :; done) & while :; do :; done";

    public ControlLimitTests() => Assert.SkipUnless(ControlGroupsHere.HasControllers,
        $"cgroup v2 has no controllers cpu and memory here; run by {nameof(ControlKernelTests)}");

    [Fact]
    public async Task A_program_and_what_it_starts_get_their_share_of_the_processors_together()
    {
        await using var running = RunningSupervisor.Start(Sh("spin", Spin) with { Life = Limited(cores: 0.2) });
        await running.Supervisor.StartAsync("spin", wait: true);
        var facts = await running.Supervisor.FindAsync("spin");
        Assert.Null(facts.Unenforced);
        var group = await ControlGroupsHere.EnteredAsync(facts.Pid);
        Assert.Equal("20000 100000\n", ControlFiles.Read($"{group}/cpu.max"));

        // On a machine with other work it gets less, never more; a period that has begun may still be spent.
        var watch = Stopwatch.StartNew();
        var before = Stat(group, "usage_usec");
        await ControlGroupsHere.UntilAsync(() => Stat(group, "nr_throttled") >= 20);
        var used = TimeSpan.FromMicroseconds(Stat(group, "usage_usec") - before);
        var elapsed = watch.Elapsed;
        TestContext.Current.SendDiagnosticMessage($"{used.TotalMilliseconds} ms in {elapsed.TotalMilliseconds} ms");
        Assert.InRange(used / elapsed, 0, 0.27);
    }

    [Fact]
    public async Task A_burst_of_memory_is_ended_by_the_system_and_the_program_restarted()
    {
        // A file in memory counts in the group alone: no look at the processes can come before the system.
        const string script = "test -e $0 && exec sleep 1000; : > $0; exec head -c 400M /dev/zero > $0";
        using var memory = new Folder("/dev/shm");
        await using var running = RunningSupervisor.Start(Sh("fat", "") with
        {
            Arguments = ["sh", "-c", script, Path.Combine(memory.Path, "file")],
            AutoRestart = AutoRestart.Never,
            Life = Limited(memory: 64 << 20),
        });
        await running.Supervisor.StartAsync("fat", wait: true);
        await running.StateAsync("fat", ProcessState.Exited);
        await running.StateAsync("fat", ProcessState.Running);
        var log = await running.LogAsync();
        Assert.Contains("WARN the system ended fat: its memory came to 72 MB, over limit_memory 64 MB", log);
        Assert.Contains("WARN exited: fat (terminated by SIGKILL; not expected)", log);
        Assert.DoesNotContain(log, line => line.Contains("limit_memory is looked after"));
    }

    [Fact]
    public async Task A_program_that_divides_its_group_outlives_what_came_to_its_own_limit_there()
    {
        // As a container runtime does: in the part with 16 MB a file in memory grows to 64 MB.
        const string script = "g=$1$(sed -n s/^0:://p /proc/self/cgroup); mkdir $g/main $g/part; "
            + "echo 0 > $g/main/cgroup.procs; echo +memory > $g/cgroup.subtree_control; echo 16M > $g/part/memory.max; "
            + "sh -c \"echo 0 > $g/part/cgroup.procs; exec head -c 64M /dev/zero > $0\"; echo ended with $?";
        using var memory = new Folder("/dev/shm");
        await using var running = RunningSupervisor.Start(Sh("apart", "") with
        {
            Arguments = ["sh", "-c", script, Path.Combine(memory.Path, "file"), ControlMount.Find()!.Folder],
            AutoRestart = AutoRestart.Never,
            Life = Limited(memory: 256 << 20),
        }, Sh("other", "exec sleep 1000"));
        await running.Supervisor.StartAsync("apart", wait: true);
        await running.StateAsync("apart", ProcessState.Exited);
        Assert.Equal("ended with 137\n", await running.OutputAsync("apart"));
        // A start that was queued comes before this one.
        await running.Supervisor.StartGroupAsync("other", wait: true);
        var facts = await running.Supervisor.FindAsync("apart");
        Assert.Equal((ProcessState.Exited, 1), (facts.State, facts.Spawns));
        Assert.DoesNotContain(await running.LogAsync(), line => line.Contains("the system ended"));
    }

    [Fact]
    public async Task A_program_that_grows_slowly_is_still_stopped_as_configured()
    {
        const string script = "trap \"echo asked; exit 0\" TERM; "
            + "python3 -c \"import time; x = b'x' * (132 << 20); time.sleep(1000)\" & wait";
        await using var running =
            RunningSupervisor.Start(Sh("slow", script) with { Life = Limited(memory: 128 << 20) });
        await running.Supervisor.StartAsync("slow", wait: true);
        await running.StateAsync("slow", ProcessState.Stopping);
        await running.StateAsync("slow", ProcessState.Running);
        Assert.Contains("asked\n", await running.OutputAsync("slow"), StringComparison.Ordinal);
        Assert.DoesNotContain(await running.LogAsync(), line => line.Contains("the system ended"));
    }

    [Fact]
    public async Task What_a_run_leaves_keeps_its_group_and_limit_and_the_next_run_has_another()
    {
        await using var running = RunningSupervisor.Start(
            Sh("app", "setsid sleep 1000 & echo $!; exec sleep 1000") with { Life = Limited(cores: 0.5) });
        await running.Supervisor.StartAsync("app", wait: true);
        var left = int.Parse(await running.OutputAsync("app", "\n"), CultureInfo.InvariantCulture);
        await running.Supervisor.StopAsync("app", wait: true);
        await running.Supervisor.StartAsync("app", wait: true);
        var next = await ControlGroupsHere.EnteredAsync((await running.Supervisor.FindAsync("app")).Pid);
        var before = ControlMount.Find()!.FolderOf($"{left}")!;
        Assert.Equal(NumberOf(before) + 1, NumberOf(next));
        Assert.Equal("50000 100000\n", ControlFiles.Read($"{before}/cpu.max"));
        DaemonRun.Signal(left, 9);
        await ControlGroupsHere.GoneAsync(before);
        await running.Supervisor.StopAsync("app", wait: true);
        foreach (var pid in ControlFiles.Pids(next))
            DaemonRun.Signal(pid, 9);
        await ControlGroupsHere.GoneAsync(next);
    }

    [Fact]
    public async Task A_daemon_in_a_group_of_its_own_makes_room_for_its_programs_and_an_upgrade_finds_them()
    {
        using var own = new OwnGroup();
        using var run = new DaemonRun();
        run.Write("""
            [program:plain]
            command=sleep 1000
            priority=1
            [program:spin]
            command=sleep 1000
            limit_cpu=20%
            limit_memory=64MB
            """);
        using var process = run.Launch(own.Enter, "-n");
        var spin = await StartedAsync(run, "spin");
        var plain = await StartedAsync(run, "plain");
        var home = $"{own.Folder}/rota-{process.Id}";
        var group = await InAsync(spin, $"{home}/spin:spin~1");
        Assert.Equal("20000 100000\n", ControlFiles.Read($"{group}/cpu.max"));
        Assert.Equal($"{72 << 20}\n", ControlFiles.Read($"{group}/memory.max"));
        await InAsync(process.Id, $"{home}/daemon");
        await InAsync(plain, $"{home}/daemon");

        DaemonRun.Signal(process.Id, 10);
        await run.LineAsync($"supervisord started with pid {process.Id}", times: 2);
        DaemonRun.Signal(spin, 9);
        await run.LineAsync("success: spin", times: 2);
        var next = int.Parse((await run.LineAsync("spawned: 'spin'", times: 2)).Split(' ')[^1]);
        await InAsync(next, $"{home}/spin:spin~2");
        await EndAsync(process, run);
    }

    [Fact]
    public async Task With_others_in_the_daemons_group_the_limit_is_not_held_and_the_log_names_them()
    {
        using var own = new OwnGroup();
        using var other = Process.Start("sh", ["-c", $"echo 0 > {own.Folder}/cgroup.procs && exec sleep 1000"]);
        await InAsync(other.Id, own.Folder);
        using var run = new DaemonRun();
        run.Write("[program:app]\ncommand=sleep 1000\nlimit_cpu=1");
        using var process = run.Launch(own.Enter, "-n");
        await StartedAsync(run, "app");
        Assert.EndsWith($"WARN limit_cpu is not enforced: in {own.Folder} are also processes that the daemon has not "
            + $"started (pid {other.Id}); give the daemon a control group of its own, with Delegate=yes in its systemd "
            + "unit", await run.LineAsync("limit_cpu is not enforced"), StringComparison.Ordinal);
        await EndAsync(process, run);
        other.Kill();
        await other.WaitForExitAsync();
    }

    private static int NumberOf(string group) => int.Parse(group.Split('~')[^1], CultureInfo.InvariantCulture);

    private static LifeConfig Limited(double? cores = null, long? memory = null) =>
        new() { Limits = new(null, null, memory, cores) };

    private static long Stat(string group, string name) => long.Parse(ControlFiles.Read($"{group}/cpu.stat").Split('\n')
        .Single(line => line.StartsWith($"{name} ", StringComparison.Ordinal))[(name.Length + 1)..],
        CultureInfo.InvariantCulture);

    private static async Task<int> StartedAsync(DaemonRun run, string name)
    {
        await run.LineAsync($"success: {name}");
        return int.Parse((await run.LineAsync($"spawned: '{name}'")).Split(' ')[^1]);
    }

    private static async Task<string> InAsync(int pid, string group)
    {
        await ControlGroupsHere.UntilAsync(() => ControlMount.Find()!.FolderOf($"{pid}") == group);
        return group;
    }

    private static async Task EndAsync(Process process, DaemonRun run)
    {
        DaemonRun.Signal(process.Id, 15);
        await process.WaitForExitAsync().WaitAsync(Deadline);
        Assert.True(process.ExitCode == 0, await File.ReadAllTextAsync(run.Log));
    }

    /// <summary>A group below this process's own, with controllers, as systemd makes for a unit with Delegate=yes.
    /// </summary>
    private sealed class OwnGroup : IDisposable
    {
        public OwnGroup()
        {
            // The root group hands controllers on while this process is in it; another would have to be left first.
            Assert.Equal(0, ControlFiles.Write($"{ControlGroupsHere.Own}/cgroup.subtree_control", "+cpu +memory"));
            Folder = $"{ControlGroupsHere.Own}/unit-{Guid.NewGuid():n}";
            Assert.Equal(0, Files.MakeFolder(Folder));
        }

        public string Folder { get; }

        /// <summary>Words before a command that bring it in.</summary>
        public string[] Enter => ["sh", "-c", $"echo 0 > {Folder}/cgroup.procs && exec \"$@\"", "-"];

        public void Dispose()
        {
            foreach (var home in ControlFiles.Below(Folder))
            {
                foreach (var group in ControlFiles.Below(home))
                    Files.RemoveFolder(group);
                Files.RemoveFolder(home);
            }
            Files.RemoveFolder(Folder);
        }
    }
}
