using Xunit;

namespace Rota.Supervisor.Tests.Daemon;

/// <summary>supervisord as a program: its start, its signals, its end.</summary>
public sealed class DaemonTests : IDisposable
{
    private const int Hangup = 1, Kill = 9, User2 = 12, Terminate = 15;

    private readonly DaemonRun _run = new();

    [Fact]
    public async Task In_the_foreground_it_logs_to_its_output_and_ends_with_0_at_TERM()
    {
        _run.Write("[program:cat]\ncommand=cat");
        using var process = _run.Start("-n");
        await _run.LineAsync("success: cat entered RUNNING");
        Assert.Equal($"{process.Id}\n", await File.ReadAllTextAsync(_run.PidFile));
        DaemonRun.Signal(process.Id, Terminate);
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        Assert.Equal(output, await File.ReadAllTextAsync(_run.Log));
        Assert.Contains($"INFO supervisord started with pid {process.Id}\n", output, StringComparison.Ordinal);
        Assert.Contains("WARN received SIGTERM indicating exit request\n", output, StringComparison.Ordinal);
        Assert.Contains("INFO waiting for cat to die\n", output, StringComparison.Ordinal);
        Assert.EndsWith("WARN stopped: cat (terminated by SIGTERM)\n", output, StringComparison.Ordinal);
        Assert.False(File.Exists(_run.PidFile));
    }

    [Fact]
    public async Task As_a_daemon_it_is_up_when_the_start_returns_in_a_session_and_folder_of_its_own()
    {
        _run.Write("[program:cat]\ncommand=cat", "directory=/usr\numask=027");
        var (code, output, errors) = await _run.RunAsync();
        Assert.Equal((0, "", ""), (code, output, errors));
        var fields = (await File.ReadAllTextAsync($"/proc/{_run.Pid}/stat")).Split(' ');
        Assert.Equal((_run.Pid.ToString(), "/usr"), (fields[5], new FileInfo($"/proc/{_run.Pid}/cwd").LinkTarget));
        Assert.Equal("/dev/null", new FileInfo($"/proc/{_run.Pid}/fd/1").LinkTarget);
        var status = await File.ReadAllTextAsync($"/proc/{_run.Pid}/status");
        Assert.Contains("Umask:\t0027", status, StringComparison.Ordinal);
        await _run.LineAsync("INFO set current directory: '/usr'");
        var pid = _run.Pid;
        DaemonRun.Signal(pid, Terminate);
        await DaemonRun.WaitUntilGoneAsync(pid);
    }

    [Theory]
    [InlineData("-n")]
    [InlineData("-s")]
    public async Task What_keeps_it_from_starting_is_said_and_the_code_is_2(string option)
    {
        _run.Write("[program:cat]\ncommand=cat\nautostart=perhaps");
        var (code, _, errors) = await _run.RunAsync(option);
        Assert.Equal(2, code);
        Assert.StartsWith("Error: ", errors, StringComparison.Ordinal);
        Assert.Contains("autostart", errors, StringComparison.Ordinal);

        _run.Write("", "minfds=2147483647");
        (code, _, errors) = await _run.RunAsync(option);
        Assert.Equal(2, code);
        Assert.StartsWith("Error: The minimum number of file descriptors required to run this process is 2147483647",
            errors, StringComparison.Ordinal);

        _run.Write("[fcgi-program:f]\ncommand=cat\nsocket=unix:///nonexistent/s");
        (code, _, errors) = await _run.RunAsync(option);
        Assert.Equal(2, code);
        Assert.Contains("Could not create FastCGI socket unix:///nonexistent/s", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HUP_stops_all_reads_the_file_again_and_starts_in_the_same_process()
    {
        _run.Write("[program:old]\ncommand=cat");
        using var process = _run.Start("-n");
        await _run.LineAsync("success: old");
        _run.Write("[program:broken]\ncommand=cat\nnumprocs=x");
        DaemonRun.Signal(process.Id, Hangup);
        await _run.LineAsync("ERRO not restarted, and nothing is stopped: CANT_REREAD: ");

        _run.Write("[program:new]\ncommand=cat");
        DaemonRun.Signal(process.Id, Hangup);
        await _run.LineAsync("success: new");
        await _run.LineAsync("stopped: old");
        Assert.Equal(process.Id, _run.Pid);
        await _run.LineAsync($"supervisord started with pid {process.Id}", times: 2);
        DaemonRun.Signal(process.Id, Terminate);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task USR2_opens_the_logs_again()
    {
        _run.Write("[program:cat]\ncommand=cat");
        using var process = _run.Start("-n");
        await _run.LineAsync("success: cat");
        File.Move(_run.Log, _run.Log + ".1");
        DaemonRun.Signal(process.Id, User2);
        while (!File.Exists(_run.Log))
            await Task.Yield();
        DaemonRun.Signal(process.Id, Terminate);
        await process.WaitForExitAsync();
        var former = await File.ReadAllTextAsync(_run.Log + ".1");
        Assert.Contains("supervisord logreopen", former, StringComparison.Ordinal);
        await _run.LineAsync("stopped: cat");
    }

    [Fact]
    public async Task Automatic_logs_of_the_last_run_are_removed_at_the_start_and_others_are_not()
    {
        var old = Path.Combine(_run.Folder, "x-stdout---supervisor-abc.log.3");
        var others = Path.Combine(_run.Folder, "x-stdout---other-abc.log");
        await File.WriteAllTextAsync(old, "");
        await File.WriteAllTextAsync(others, "");
        _run.Write("");
        using var process = _run.Start("-n");
        await _run.LineAsync("supervisord started");
        Assert.Equal((false, true), (File.Exists(old), File.Exists(others)));
        DaemonRun.Signal(process.Id, Terminate);
        await process.WaitForExitAsync();
    }

    [Fact]
    public async Task It_becomes_its_user()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can become another user");
        File.SetUnixFileMode(_run.Folder, (UnixFileMode)0b111_111_111);
        _run.Write("[program:id]\ncommand=id -u\nstartsecs=0\nautorestart=false", "user=nobody");
        using var process = _run.Start("-n");
        await _run.LineAsync("INFO Set uid to user 65534 succeeded");
        await _run.LineAsync("exited: id");
        foreach (var thread in Directory.GetDirectories($"/proc/{process.Id}/task"))
        {
            Assert.Contains("Uid:\t65534\t65534\t65534\t65534", await File.ReadAllTextAsync($"{thread}/status"),
                StringComparison.Ordinal);
        }
        DaemonRun.Signal(process.Id, Terminate);
        await process.WaitForExitAsync();
        Assert.Equal("65534\n", await File.ReadAllTextAsync(Directory.GetFiles(_run.Folder, "id-stdout*")[0]));
    }

    [Fact]
    public async Task As_pid_1_it_reaps_the_children_of_others_and_loses_no_exit_code()
    {
        Assert.SkipUnless(Environment.UserName == "root" && File.Exists("/usr/bin/unshare"), "needs a pid namespace");
        _run.Write("""
            [program:leaves]
            command=sh -c '(sleep 0.2; exit 4) & exit 3'
            startsecs=0
            autorestart=false
            [program:many]
            command=sh -c 'exit 7'
            startsecs=0
            autorestart=false
            numprocs=50
            process_name=many_%(process_num)02d
            """);
        using var process = _run.Launch(["unshare", "--pid", "--fork", "--kill-child"], "-n");
        await _run.LineAsync("supervisord started with pid 1");
        Assert.Matches("INFO reaped unknown pid [0-9]+ [(]exit status 4[)]$",
            await _run.LineAsync("reaped unknown pid"));
        await _run.LineAsync("exited: leaves (exit status 3; not expected)");
        await _run.LineAsync("(exit status 7; not expected)", times: 50);
        DaemonRun.Signal(process.Id, Kill);
    }

    [Fact]
    public async Task What_its_starter_left_open_is_not_held_by_its_children()
    {
        var held = Path.Combine(_run.Folder, "lock");
        _run.Write("[program:cat]\ncommand=cat");
        using var process = _run.Launch(["bash", "-c", $"exec 9>{held}; exec \"$@\"", "-"], "-n");
        var child = (await _run.LineAsync("spawned: 'cat'")).Split(' ')[^1];
        await _run.LineAsync("success: cat");
        string[] Open(string pid) => [.. Directory.GetFiles($"/proc/{pid}/fd").Select(Path.GetFileName).Order()!];
        Assert.Contains("9", Open($"{process.Id}"));
        Assert.Equal(["0", "1", "2"], Open(child));
        DaemonRun.Signal(process.Id, Terminate);
        await process.WaitForExitAsync();
    }

    [Fact]
    public async Task Help_and_version_are_said_and_wrong_words_refused()
    {
        Assert.Equal((0, "4.2.5\n", ""), await _run.RunAsync("-v"));
        Assert.Contains("--logfile_maxbytes", (await _run.RunAsync("-h")).Output, StringComparison.Ordinal);
        var (code, _, errors) = await _run.RunAsync("--nonsense");
        Assert.Equal(2, code);
        Assert.StartsWith("Error: option --nonsense not recognized\nFor help, use ", errors, StringComparison.Ordinal);
    }

    public void Dispose() => _run.Dispose();
}
