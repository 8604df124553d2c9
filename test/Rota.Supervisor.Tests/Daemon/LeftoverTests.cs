using Rota.Supervisor.Processes;
using Rota.Supervisor.Tests.Processes;
using Xunit;

namespace Rota.Supervisor.Tests.Daemon;

/// <summary>A daemon is killed with -9, and another one starts with the same file.</summary>
public sealed class LeftoverTests : IDisposable
{
    private const int Kill = 9, User1 = 10, Terminate = 15;

    private readonly DaemonRun _run = new();
    private readonly List<int> _left = [];

    private string Noted => _run.PidFile + ".children";

    [Fact]
    public async Task By_default_what_is_left_is_told_and_another_is_started_beside_it()
    {
        _run.Write("[program:stay]\ncommand=sleep 1000");
        var left = await LeaveAsync("stay");
        using var next = _run.Start("-n");
        var told = await _run.LineAsync("left by an earlier daemon");
        Assert.EndsWith($"WARN left by an earlier daemon: 'stay' with pid {left} (sleep); another is started beside it."
            + " Write leftovers=adopt or leftovers=stop in [supervisord] against that", told, StringComparison.Ordinal);
        await _run.LineAsync("success: stay entered RUNNING", times: 2);
        Assert.True(ChildEnvironmentTests.IsAlive(left));
        await EndAsync(next.Id);
    }

    [Fact]
    public async Task Stopped_it_ends_by_its_signal_before_it_is_started_afresh()
    {
        var trace = Path.Combine(_run.Folder, "trace");
        await File.WriteAllTextAsync(Path.Combine(_run.Folder, "stay.sh"), $"""
            trap "echo left $$ >> {trace}; exit 0" USR1
            echo came $$ >> {trace}
            while :; do sleep 0.05; done
            """);
        _run.Write($"""
            [program:stay]
            command=sh {_run.Folder}/stay.sh
            stopsignal=USR1
            [program:deaf]
            command=sh -c 'trap "" TERM; while :; do sleep 0.05; done'
            stopwaitsecs=1
            [program:manual]
            command=sleep 1000
            autostart=false
            """, "leftovers=stop");
        var left = await LeaveAsync("stay", "deaf");
        using var next = _run.Start("-n");
        await _run.LineAsync("stopped: stay (exit status unknown)");
        await _run.LineAsync("CRIT the exit code of stay (pid ");
        await _run.LineAsync("WARN killing 'deaf' (");
        await _run.LineAsync("success: stay entered RUNNING", times: 2);
        await _run.LineAsync("success: deaf entered RUNNING", times: 2);
        Assert.False(ChildEnvironmentTests.IsAlive(left));
        var pid = (await _run.LineAsync("spawned: 'stay'", times: 2)).Split(' ')[^1];
        Assert.Equal([$"came {left}", $"left {left}", $"came {pid}"], await File.ReadAllLinesAsync(trace));
        await EndAsync(next.Id);
    }

    [Fact]
    public async Task Adopted_it_goes_on_with_its_pid_its_outputs_and_its_input_and_loses_no_line()
    {
        var log = Path.Combine(_run.Folder, "count.log");
        _run.Write($"""
            [unix_http_server]
            file={_run.Folder}/s.sock
            [rpcinterface:supervisor]
            supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
            [program:count]
            command=sh -c 'i=0; until [ -e {_run.Folder}/end ]; do echo $i; echo $i >&2; i=$((i+1)); sleep 0.002; done'
            stdout_logfile={log}
            stderr_logfile={log}.err
            autorestart=unexpected
            [program:cat]
            command=cat
            """, "leftovers=adopt");
        var left = await LeaveAsync("count", "cat");
        using var next = _run.Start("-n");
        Assert.EndsWith($"INFO adopted: 'count' with pid {left}", await _run.LineAsync("adopted: 'count'"),
            StringComparison.Ordinal);
        await _run.LineAsync("adopted: 'cat'");
        Assert.Matches($"count +RUNNING +pid {left}, uptime ", await _run.ControlAsync("status", "count"));

        // What is adopted is handed on by an upgrade, too.
        DaemonRun.Signal(next.Id, User1);
        await _run.LineAsync($"supervisord started with pid {next.Id}", times: 2);
        var before = (await File.ReadAllLinesAsync(log)).Length;
        while ((await File.ReadAllLinesAsync(log)).Length < before + 10)
            await Task.Yield();
        await File.WriteAllTextAsync(Path.Combine(_run.Folder, "end"), "");
        await _run.LineAsync($"CRIT the exit code of count (pid {left}) is unknown");
        await _run.LineAsync("WARN exited: count (exit status unknown; not expected)");
        // Expected or not is not known, so it counts as not expected and is started again.
        await _run.LineAsync("spawned: 'count'", times: 2);
        await EndAsync(next.Id);

        foreach (var path in new[] { log, log + ".err" })
        {
            var lines = (await File.ReadAllLinesAsync(path)).TakeWhile((line, at) => at == 0 || line != "0").ToList();
            Assert.Equal(Enumerable.Range(0, lines.Count).Select(number => $"{number}"), lines);
            Assert.InRange(lines.Count, before, int.MaxValue);
        }
    }

    [Fact]
    public async Task What_cannot_go_on_as_it_is_is_started_afresh_also_where_leftovers_are_adopted()
    {
        const string listener = "import sys, time\nprint('READY', flush=True)\ntime.sleep(1000)";
        await File.WriteAllTextAsync(Path.Combine(_run.Folder, "hear.py"), listener);
        var rest = $"""
            [eventlistener:hear]
            events=TICK_3600
            command=python3 {_run.Folder}/hear.py
            [fcgi-program:fast]
            command=sleep 1000
            socket=unix://{_run.Folder}/f.sock
            """;
        _run.Write($"[program:changed]\ncommand=sleep 1000\n[program:gone]\ncommand=sleep 1000\n{rest}",
            "leftovers=adopt");
        await LeaveAsync("changed", "gone", "hear", "fast");
        _run.Write($"[program:changed]\ncommand=sleep 1001\n{rest}", "leftovers=adopt");
        using var next = _run.Start("-n");
        foreach (var name in new[] { "changed", "hear", "fast" })
        {
            await _run.LineAsync($"stopped: {name} (exit status unknown)");
            await _run.LineAsync($"success: {name} entered RUNNING", times: 2);
        }
        Assert.EndsWith($"left alone, since it is not in the file any more: 'gone' with pid {_left[1]} (sleep)",
            await _run.LineAsync("left alone"), StringComparison.Ordinal);
        Assert.True(ChildEnvironmentTests.IsAlive(_left[1]));
        await EndAsync(next.Id);
    }

    [Fact]
    public async Task One_that_is_being_stopped_during_an_upgrade_is_started_afresh_after_it()
    {
        _run.Write($"""
            [program:deaf]
            directory={_run.Folder}
            command=sh -c '[ -e again ] || trap "" TERM; touch again; while :; do sleep 0.05; done'
            stopwaitsecs=3600
            """, "leftovers=stop\nloglevel=debug");
        var left = await LeaveAsync("deaf");
        using var next = _run.Start("-n");
        await _run.LineAsync("killing deaf (pid");
        DaemonRun.Signal(next.Id, User1);
        await _run.LineAsync($"supervisord started with pid {next.Id}", times: 2);
        Assert.True(ChildEnvironmentTests.IsAlive(left));
        DaemonRun.Signal(left, Kill);

        await _run.LineAsync("success: deaf entered RUNNING", times: 2);
        await EndAsync(next.Id);
    }

    [Fact]
    public async Task Children_of_a_daemon_that_lives_and_processes_of_others_are_not_touched()
    {
        _run.Write("[program:stay]\ncommand=sleep 1000", "leftovers=stop");
        using var first = _run.Start("-n");
        await _run.LineAsync("success: stay");
        var noted = await NotedAsync(1);
        var mine = noted.Children[0];

        // The same number, but another start: the pid was given away again.
        var stranger = noted with { Pid = int.MaxValue, Children = [mine with { Start = mine.Start - 1 }] };
        var copy = Path.Combine(_run.Folder, "copy");
        await File.WriteAllTextAsync(copy, stranger.ToText());
        File.SetUnixFileMode(copy, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.False(ChildrenFile.Read(copy)!.Children[0].IsAlive);
        Assert.True(mine.IsAlive);

        using var second = _run.Start("-n");
        await _run.LineAsync("supervisord started with pid", times: 2);
        await _run.LineAsync("success: stay", times: 2);
        Assert.True(ChildEnvironmentTests.IsAlive(mine.Pid));
        Assert.DoesNotContain("left by", await File.ReadAllTextAsync(_run.Log), StringComparison.Ordinal);
        await EndAsync(second.Id);
        await EndAsync(first.Id);
    }

    [Fact]
    public async Task The_file_is_there_while_children_are_readable_by_its_owner_alone_and_bounded_in_writes()
    {
        _run.Write("""
            [program:many]
            command=sleep 1000
            process_name=many_%(process_num)03d
            numprocs=100
            startsecs=0
            """);
        using var process = _run.Start("-n");
        var noted = await NotedAsync(100);
        Assert.Equal(process.Id, noted.Pid);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Noted));
        Assert.DoesNotContain("1000", string.Concat(noted.Children.Select(child => child.Command + child.Program)),
            StringComparison.Ordinal);
        await EndAsync(process.Id);
        Assert.False(File.Exists(Noted));
    }

    [Theory]
    [InlineData("", UnixFileMode.UserRead, "the first line is incomplete")]
    [InlineData("1\t2\tboot\n3\t4\n", UnixFileMode.UserRead, "a line is incomplete")]
    [InlineData("1\t-2\tboot\n", UnixFileMode.UserRead, "The input string '-2' was not in a correct format.")]
    [InlineData("1\t2\tboot\n", UnixFileMode.UserRead | UnixFileMode.OtherWrite,
        "it is another user's, or others can write it")]
    public async Task A_file_that_cannot_be_trusted_is_told_of_and_ignored(string text, UnixFileMode mode, string why)
    {
        await File.WriteAllTextAsync(Noted, text);
        File.SetUnixFileMode(Noted, mode);
        _run.Write("[program:stay]\ncommand=sleep 1000", "leftovers=stop");
        using var process = _run.Start("-n");
        Assert.Contains(why, await _run.LineAsync("WARN what an earlier daemon left is unknown: "),
            StringComparison.Ordinal);
        await _run.LineAsync("success: stay");
        await EndAsync(process.Id);
    }

    public void Dispose()
    {
        foreach (var pid in _left.Where(ChildEnvironmentTests.IsAlive))
            DaemonRun.Signal(pid, Kill);
        _run.Dispose();
    }

    /// <summary>Starts the daemon and kills it once these run and are noted; returns the first one's pid.</summary>
    private async Task<int> LeaveAsync(params string[] names)
    {
        using var process = _run.Start("-n");
        foreach (var name in names)
            await _run.LineAsync($"success: {name}");
        var noted = await NotedAsync(names.Length);
        DaemonRun.Signal(process.Id, Kill);
        await process.WaitForExitAsync();
        foreach (var name in names)
            _left.Add(noted.Children.Single(child => child.Name == name || child.Name.EndsWith(":" + name)).Pid);
        return _left[0];
    }

    private async Task<ChildrenOfDaemon> NotedAsync(int count)
    {
        using var deadline = new CancellationTokenSource(RunningSupervisor.Deadline);
        using var turn = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            if (ChildrenFile.Read(Noted) is { } noted && noted.Children.Count == count)
                return noted;
            await turn.WaitForNextTickAsync(deadline.Token);
        }
    }

    private static async Task EndAsync(int pid)
    {
        DaemonRun.Signal(pid, Terminate);
        await DaemonRun.WaitUntilGoneAsync(pid);
    }
}
