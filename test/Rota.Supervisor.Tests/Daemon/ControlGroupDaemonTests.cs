using Rota.Supervisor.Native;
using Rota.Supervisor.Tests.Processes;
using Xunit;

namespace Rota.Supervisor.Tests.Daemon;

/// <summary>Control groups over the life of a daemon: upgraded, killed, and where there are none.</summary>
public sealed class ControlGroupDaemonTests : IDisposable
{
    private const int Kill = 9, User1 = 10, Terminate = 15;
    private const string Api = """
        [rpcinterface:supervisor]
        supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
        """;

    private readonly DaemonRun _run = new();

    /// <summary>Leaves one behind that only its control group tells of, whose pid is in the file.</summary>
    private string Tree => $"""
        [program:tree]
        command=sh -c 'sh -c "env -i setsid sleep 1000 & echo \$! > {_run.Folder}/orphan"; exec sleep 1000'
        stop_tree=true
        """;

    [Fact]
    public async Task An_upgrade_keeps_the_groups_and_what_is_known_of_them()
    {
        ControlGroupsHere.SkipUnlessWritable();
        _run.Write(Tree);
        using var process = _run.Start("-n");
        var (child, orphan) = await TreeAsync();
        var group = ControlMount.Find()!.FolderOf($"{child}")!;
        Assert.Equal($"{ControlGroupsHere.Own}/rota-{process.Id}/tree:tree~1", group);
        for (var time = 1; time <= 2; time++)
        {
            DaemonRun.Signal(process.Id, User1);
            await _run.LineAsync($"supervisord started with pid {process.Id}", times: time + 1);
        }
        Assert.Equal(group, ControlMount.Find()!.FolderOf($"{child}"));
        await EndAsync(process);
        Assert.False(ChildEnvironmentTests.IsAlive(orphan));
        Assert.False(Directory.Exists(Path.GetDirectoryName(group)));
    }

    [Fact]
    public async Task What_a_killed_daemon_left_in_a_group_is_stopped_with_its_leftover()
    {
        ControlGroupsHere.SkipUnlessWritable();
        _run.Write(Tree, "leftovers=stop");
        var (child, orphan, home) = await KillAsync();
        using var next = _run.Start("-n");
        await _run.LineAsync("stopped: tree (exit status unknown)");
        await _run.LineAsync("success: tree entered RUNNING", times: 2);
        Assert.False(ChildEnvironmentTests.IsAlive(child));
        Assert.False(ChildEnvironmentTests.IsAlive(orphan));
        await ControlGroupsHere.GoneAsync($"{home}/tree:tree~1");
        await EndAsync(next);
    }

    [Fact]
    public async Task Empty_groups_of_a_dead_daemon_are_removed_at_the_next_start()
    {
        ControlGroupsHere.SkipUnlessWritable();
        _run.Write(Tree);
        var (child, orphan, home) = await KillAsync();
        DaemonRun.Signal(child, Kill);
        _run.Write("[program:plain]\ncommand=sleep 1000");
        using (var next = _run.Start("-n"))
        {
            await _run.LineAsync("success: plain");
            // Who lives in it keeps it.
            Assert.Equal([orphan], ControlFiles.Pids($"{home}/tree:tree~1"));
            await EndAsync(next);
        }
        DaemonRun.Signal(orphan, Kill);
        await DaemonRun.WaitUntilGoneAsync(orphan);
        using var last = _run.Start("-n");
        await _run.LineAsync("success: plain", times: 2);
        Assert.False(Directory.Exists(home));
        await EndAsync(last);
    }

    [Theory]
    [InlineData("umount -a -t cgroup2", "no cgroup v2 is mounted; start the machine with it "
        + "(systemd.unified_cgroup_hierarchy=1)")]
    [InlineData("mount -o remount,bind,ro \"$groups\"", "(Read-only file system); give the daemon a control group of "
        + "its own: Delegate=yes in its systemd unit, a writable /sys/fs/cgroup in a container")]
    public async Task Without_groups_a_tree_stops_by_proc_and_a_limit_that_cannot_be_held_is_told(string before,
        string why)
    {
        Assert.SkipUnless(Environment.UserName == "root" && File.Exists("/usr/bin/unshare"), "only root can mount");
        _run.Write($"""
            [unix_http_server]
            file={_run.Folder}/s.sock
            {Api}
            [program:app]
            command=sh -c 'setsid sleep 1000 & echo $! > {_run.Folder}/orphan; exec sleep 1000'
            stop_tree=true
            limit_cpu=50%
            [program:other]
            command=sleep 1000
            limit_cpu=0.5
            """);
        using var process = _run.Launch(["unshare", "-m", "sh", "-c",
            $"groups={ControlMount.Find()?.Folder}; {before}; exec \"$@\"", "-"], "-n");
        await _run.LineAsync("success: app");
        await _run.LineAsync("success: other");
        Assert.EndsWith(why, await _run.LineAsync("WARN limit_cpu is not enforced: "), StringComparison.Ordinal);
        Assert.EndsWith(why, await _run.LineAsync("INFO stop_tree goes by /proc alone: "), StringComparison.Ordinal);
        Assert.Single(await File.ReadAllLinesAsync(_run.Log), line => line.Contains("not enforced"));
        Assert.Matches("app +RUNNING +pid [0-9]+, uptime [0-9:]+, limit_cpu is not enforced\n",
            await _run.ControlAsync("status"));
        var orphan = int.Parse(await File.ReadAllTextAsync($"{_run.Folder}/orphan"));
        Assert.True(ChildEnvironmentTests.IsAlive(orphan));
        await EndAsync(process);
        Assert.False(ChildEnvironmentTests.IsAlive(orphan));
    }

    [Fact]
    public async Task Where_no_shell_keeps_its_variables_a_program_runs_outside_of_its_group_and_is_told()
    {
        ControlGroupsHere.SkipUnlessWritable();
        _run.Write($"""
            [unix_http_server]
            file={_run.Folder}/s.sock
            {Api}
            [program:app]
            command=sh -c 'tr "\0" "\n" < /proc/$$/environ; exec sleep 1000'
            environment=discovery.type=single-node
            stop_tree=true
            limit_cpu=50%
            [program:mask]
            command=sleep 1000
            environment=discovery.type=single-node
            umask=027
            startretries=0
            """);
        const string hide = "mount --bind /dev/null $(readlink -f $(command -v bash)) && exec \"$@\"";
        using var process = _run.Launch(["unshare", "-m", "sh", "-c", hide, "-"], "-n");
        const string why = "/bin/sh would keep the variable discovery.type from it, and there is no bash, which would "
            + "not; install bash, or rename the variable";
        Assert.EndsWith($"WARN limit_cpu is not enforced for app: {why}",
            await _run.LineAsync("limit_cpu is not enforced for"), StringComparison.Ordinal);
        Assert.EndsWith($"INFO stop_tree goes by /proc alone for app: {why}",
            await _run.LineAsync("stop_tree goes by /proc"), StringComparison.Ordinal);
        Assert.EndsWith($"spawnerr: couldn't set umask: {why}", await _run.LineAsync("spawnerr"),
            StringComparison.Ordinal);
        await _run.LineAsync("success: app");
        Assert.Matches("app +RUNNING +pid [0-9]+, uptime [0-9:]+, limit_cpu is not enforced\n",
            await _run.ControlAsync("status"));
        Assert.Contains("discovery.type=single-node", await _run.ControlAsync("tail", "app"), StringComparison.Ordinal);
        await EndAsync(process);
    }

    [Fact]
    public async Task Whom_the_system_does_not_let_into_its_group_runs_outside_and_is_told()
    {
        ControlGroupsHere.SkipUnlessWritable();
        var own = $"{ControlGroupsHere.Own}/unit-{Guid.NewGuid():n}";
        Assert.Equal(0, Files.MakeFolder(own));
        // Beside a group for threads the system makes groups, and takes no process into them.
        Assert.Equal(0, Files.MakeFolder($"{own}/threads"));
        Assert.Equal(0, ControlFiles.Write($"{own}/threads/cgroup.type", "threaded"));
        _run.Write("[program:app]\ncommand=sleep 1000\nstop_tree=true");
        using var process = _run.Launch(["sh", "-c", $"echo 0 > {own}/cgroup.procs && exec \"$@\"", "-"], "-n");
        await _run.LineAsync("success: app");
        var folder = $"{own}/rota-{process.Id}/app:app~1";
        Assert.EndsWith($"INFO stop_tree goes by /proc alone for app: {folder} cannot be entered "
            + "(Operation not supported)", await _run.LineAsync("stop_tree goes by /proc"), StringComparison.Ordinal);
        var child = int.Parse((await _run.LineAsync("spawned: 'app'")).Split(' ')[^1]);
        Assert.Equal(own, ControlMount.Find()!.FolderOf($"{child}"));
        await EndAsync(process);
        Files.RemoveFolder($"{own}/threads");
        Assert.Equal(0, Files.RemoveFolder(own));
    }

    public void Dispose() => _run.Dispose();

    private async Task<(int Child, int Orphan)> TreeAsync()
    {
        await _run.LineAsync("success: tree");
        var child = int.Parse((await _run.LineAsync("spawned: 'tree'")).Split(' ')[^1]);
        return (child, int.Parse(await File.ReadAllTextAsync($"{_run.Folder}/orphan")));
    }

    /// <summary>Starts the daemon and kills it when its child is noted; also returns the group above its runs.
    /// </summary>
    private async Task<(int Child, int Orphan, string Home)> KillAsync()
    {
        using var process = _run.Start("-n");
        var (child, orphan) = await TreeAsync();
        await ControlGroupsHere.UntilAsync(() => File.Exists(_run.PidFile + ".children"));
        DaemonRun.Signal(process.Id, Kill);
        await process.WaitForExitAsync();
        Assert.True(ChildEnvironmentTests.IsAlive(orphan));
        return (child, orphan, $"{ControlGroupsHere.Own}/rota-{process.Id}");
    }

    private static async Task EndAsync(System.Diagnostics.Process process)
    {
        DaemonRun.Signal(process.Id, Terminate);
        await process.WaitForExitAsync().WaitAsync(RunningSupervisor.Deadline);
        Assert.Equal(0, process.ExitCode);
    }
}
