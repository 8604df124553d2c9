using Rota.Supervisor.Config;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>What a child finds around it.</summary>
public class ChildEnvironmentTests
{
    [Fact]
    public async Task It_leads_its_process_group_ignores_no_signal_and_holds_no_descriptor_of_ours()
    {
        const string script = "grep -E ^Sig.*: /proc/self/status; ls /proc/$$/fd; ps -o pgid= -p $$; echo $$";
        var lines = (await RunAsync(Sh("look", script))).Split('\n', StringSplitOptions.TrimEntries);
        Assert.Contains("SigIgn:\t0000000000000000", lines);
        Assert.Contains("SigBlk:\t0000000000000000", lines);
        var fds = lines.Where(line => line.Length == 1);
        Assert.Equal(["0", "1", "2"], fds);
        Assert.Equal(lines[^2], lines[^3]);
    }

    [Fact]
    public async Task It_gets_supervisors_variables_and_its_own_stand_above_the_daemons()
    {
        var config = Sh("env", "env; echo PWD=$(pwd)") with
        {
            Environment = [new("A", "own"), new("HOME", "/nowhere")],
            ServerUrl = "unix:///x.sock",
            Directory = "/usr",
        };
        var lines = (await RunAsync(config)).Split('\n');
        foreach (var line in new[]
        {
            "SUPERVISOR_ENABLED=1", "SUPERVISOR_PROCESS_NAME=env", "SUPERVISOR_GROUP_NAME=env",
            "SUPERVISOR_SERVER_URL=unix:///x.sock", "A=own", "HOME=/nowhere", "PWD=/usr",
        })
        {
            Assert.Contains(line, lines);
        }
    }

    [Fact]
    public async Task The_programs_own_PATH_is_searched()
    {
        using var folder = new Folder();
        var file = Path.Combine(folder.Path, "only-here");
        await File.WriteAllTextAsync(file, "#!/bin/sh\necho found\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var config = Sh("own", "") with
        {
            Arguments = ["only-here"],
            Environment = [new("PATH", $"/bin:{folder.Path}")],
        };
        Assert.Equal("found\n", await RunAsync(config));
    }

    [Fact]
    public async Task It_gets_its_umask() =>
        Assert.Equal("0027\na b\n", await RunAsync(Sh("mask", "umask; echo \"$1\"") with
        {
            Umask = 0b000_010_111,
            Arguments = ["sh", "-c", "umask; echo \"$1\"", "sh", "a b"],
        }));

    [Fact]
    public async Task With_an_umask_it_still_gets_variables_whose_names_are_no_identifiers()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "there is no shell that keeps them");
        var lines = (await RunAsync(Sh("env", "") with
        {
            Arguments = ["env"],
            Umask = 0b000_010_111,
            Environment = [new("discovery.type", "single-node"), new("BASH_FUNC_exec%%", "() { echo taken; }")],
        })).Split('\n');
        Assert.Contains("discovery.type=single-node", lines);
        Assert.Contains("BASH_FUNC_exec%%=() { echo taken; }", lines);
    }

    [Fact]
    public async Task It_becomes_its_user_with_its_groups_and_keeps_its_pid()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can become another user");
        const string script = "id -u; id -g; id -G; grep Sig[BI] /proc/self/status; echo $$; umask";
        var config = Sh("other", script) with { User = new("nobody", 65534, 65534), Umask = 0 };
        await using var running = RunningSupervisor.Start(config);
        await running.Supervisor.StartAsync("other", wait: true);
        var started = await running.EventAsync("PROCESS_STATE_RUNNING");
        await running.StateAsync("other", ProcessState.Exited);
        var lines = (await running.OutputAsync("other")).Split('\n');
        Assert.Equal(["65534", "65534", "65534"], lines[..3]);
        Assert.EndsWith($"pid:{lines[5]}", started.Payload, StringComparison.Ordinal);
        Assert.Equal("0000", lines[6]);
    }

    [Fact]
    public async Task Its_errors_go_where_its_output_goes_when_so_configured() =>
        Assert.Equal("out\nerr\n", await RunAsync(Sh("both", "echo out; echo err >&2") with { RedirectStderr = true }));

    /// <summary>Neither running nor waiting to be reaped.</summary>
    internal static bool IsAlive(int pid)
    {
        var path = $"/proc/{pid}/stat";
        try
        {
            return File.Exists(path) && !File.ReadAllText(path).Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    internal static async Task WaitUntilGoneAsync(int pid)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var turn = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (IsAlive(pid))
            await turn.WaitForNextTickAsync(deadline.Token);
    }

    private static async Task<string> RunAsync(ProcessConfig config)
    {
        await using var running = RunningSupervisor.Start(config);
        await running.Supervisor.StartAsync(config.Name, wait: true);
        await running.StateAsync(config.Name, ProcessState.Exited);
        if (!config.RedirectStderr)
            Assert.Equal("", await running.OutputAsync(config.Name, OutputChannel.Stderr));
        return await running.OutputAsync(config.Name);
    }
}
