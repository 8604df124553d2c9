using Rota.Supervisor.Config;
using Rota.Supervisor.Native;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.ChildEnvironmentTests;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>Control groups of runs, so far as they need no controller: where they are, who is in them, how they end.
/// </summary>
public sealed class ControlGroupTests
{
    /// <summary>Its parent is gone, and so are its session, its process group and its environment.</summary>
    private const string Escape = "sh -c \"env -i setsid sh -c \\\"trap : TERM; while :; do sleep 0.05; done\\\" & "
        + "echo \\$!\"";

    [Fact]
    public async Task Who_has_left_parent_group_session_and_environment_is_killed_with_the_rest()
    {
        ControlGroupsHere.SkipUnlessWritable();
        await using var running = RunningSupervisor.Start(Tree("app", $"{Escape}; exec cat") with
        {
            StopWaitSeconds = 1,
        });
        await running.Supervisor.StartAsync("app", wait: true);
        var pid = int.Parse(await running.OutputAsync("app", "\n"));
        Assert.True(IsAlive(pid));
        await running.Supervisor.StopAsync("app", wait: true);
        Assert.Equal(ProcessState.Stopped, (await running.Supervisor.FindAsync("app")).State);
        await WaitUntilGoneAsync(pid);
    }

    [Fact]
    public async Task A_group_is_entered_before_the_program_begins_and_before_it_becomes_another_user()
    {
        ControlGroupsHere.SkipUnlessWritable();
        Assert.SkipUnless(Environment.UserName == "root", "only root can become another user");
        var config = Tree("app", "cat /proc/self/cgroup; id -u; umask; ulimit -n; exec cat") with
        {
            User = new("nobody", 65534, 65534),
            Umask = 0b000_010_111,
        };
        await using var running = RunningSupervisor.Start(config with
        {
            Life = config.Life with { Limits = new(123, null, null) },
        });
        await running.Supervisor.StartAsync("app", wait: true);
        var lines = (await running.OutputAsync("app", "123\n")).Split('\n');
        var own = lines.Single(line => line.StartsWith("0::", StringComparison.Ordinal));
        Assert.Matches($"/rota-{Environment.ProcessId}/app:app~[0-9]+$", own);
        Assert.Equal(["65534", "0027", "123", ""], lines[^4..]);
    }

    [Fact]
    public async Task All_variables_reach_a_program_in_a_group_of_its_own()
    {
        ControlGroupsHere.SkipUnlessWritable();
        var config = Tree("app", "") with
        {
            Arguments = ["sh", "-c", "tr '\\0' '\\n' < /proc/$$/environ; echo .; exec cat"],
            Environment = [new("discovery.type", "single-node")],
        };
        await using var running = RunningSupervisor.Start(config);
        await running.Supervisor.StartAsync("app", wait: true);
        Assert.Contains("discovery.type=single-node\n", await running.OutputAsync("app", "\n.\n"),
            StringComparison.Ordinal);
        await ControlGroupsHere.EnteredAsync((await running.Supervisor.FindAsync("app")).Pid);
    }

    [Fact]
    public async Task Who_asks_for_nothing_stays_where_the_daemon_is()
    {
        ControlGroupsHere.SkipUnlessWritable();
        await using var running = RunningSupervisor.Start(Sh("app", "cat /proc/self/cgroup"));
        await running.Supervisor.StartAsync("app", wait: true);
        await running.StateAsync("app", ProcessState.Exited);
        Assert.Equal(await File.ReadAllTextAsync("/proc/self/cgroup"), await running.OutputAsync("app"));
    }

    [Theory]
    [InlineData("a/b%c", "app:a%2Fb%25c")]
    [InlineData("tab\tbell\a", "app:tab%09bell%07")]
    [InlineData("größe", "app:größe")]
    [InlineData("cgroup.kill", "app:cgroup.kill")]
    public async Task Any_name_of_a_process_names_a_group(string name, string folder)
    {
        ControlGroupsHere.SkipUnlessWritable();
        await using var running = RunningSupervisor.Start(LogLevel.Info, Sleeper(name));
        await running.Supervisor.StartGroupAsync("app", wait: true);
        var facts = Assert.Single(await running.Supervisor.ListAsync());
        Assert.Equal(folder, WithoutNumber(await ControlGroupsHere.EnteredAsync(facts.Pid)));
    }

    [Fact]
    public async Task A_name_too_long_for_a_folder_is_cut()
    {
        ControlGroupsHere.SkipUnlessWritable();
        await using var running = RunningSupervisor.Start(LogLevel.Info, Sleeper(new string('ü', 300)));
        await running.Supervisor.StartGroupAsync("app", wait: true);
        var facts = Assert.Single(await running.Supervisor.ListAsync());
        Assert.Equal("app:" + new string('ü', 98), WithoutNumber(await ControlGroupsHere.EnteredAsync(facts.Pid)));
    }

    [Fact]
    public async Task A_group_is_gone_after_the_end_with_those_that_were_made_in_it()
    {
        ControlGroupsHere.SkipUnlessWritable();
        // Its own group is its to divide, as another supervisor does.
        await using var running = RunningSupervisor.Start(Tree("nest", "") with
        {
            Arguments = ["sh", "-c", "g=$1$(sed -n s/^0:://p /proc/self/cgroup); mkdir $g/deep && "
                + "echo 0 > $g/deep/cgroup.procs; echo in; exec cat", "sh", ControlMount.Find()!.Folder],
        });
        await running.Supervisor.StartAsync("nest", wait: true);
        await running.OutputAsync("nest", "in\n");
        var deep = ControlMount.Find()!.FolderOf($"{(await running.Supervisor.FindAsync("nest")).Pid}")!;
        Assert.EndsWith("/deep", deep, StringComparison.Ordinal);
        await running.Supervisor.StopAsync("nest", wait: true);
        await ControlGroupsHere.GoneAsync(Path.GetDirectoryName(deep)!);
    }

    [Fact]
    public async Task No_run_gets_the_group_of_an_earlier_one_whose_rest_may_still_be_killed()
    {
        ControlGroupsHere.SkipUnlessWritable();
        await using var running = RunningSupervisor.Start(Tree("app", "exec sleep 1000"));
        var groups = new HashSet<string>();
        for (var run = 1; run <= 3; run++)
        {
            await running.Supervisor.StartAsync("app", wait: true);
            var group = await ControlGroupsHere.EnteredAsync((await running.Supervisor.FindAsync("app")).Pid);
            Assert.True(groups.Add(group), group);
            await running.Supervisor.StopAsync("app", wait: true);
            await ControlGroupsHere.GoneAsync(group);
        }
    }

    private static ProcessConfig Tree(string name, string script) =>
        Sh(name, script) with { Life = new() { StopTree = true } };

    private static string WithoutNumber(string group) => Path.GetFileName(group[..group.LastIndexOf('~')]);

    /// <summary>Without logs, whose names would be its own.</summary>
    private static GroupConfig Sleeper(string name) => Group("app", Tree(name, "exec sleep 1000") with
    {
        Stdout = new() { Target = OutputTarget.None },
        Stderr = new() { Target = OutputTarget.None },
    });
}
