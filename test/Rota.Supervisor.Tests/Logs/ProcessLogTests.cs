using Rota.Supervisor.Config;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Tests.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Logs;

/// <summary>Outputs of real processes on their way to their logs.</summary>
public class ProcessLogTests
{
    [Fact]
    public async Task All_of_a_flood_without_lines_arrives_through_rotation()
    {
        using var folder = new Folder();
        var path = Path.Combine(folder.Path, "log");
        await using var running = RunningSupervisor.Start(Sh("flood", "head -c 20000000 /dev/zero") with
        {
            Stdout = new() { Target = OutputTarget.File, Path = path, MaxBytes = 5_000_000, Backups = 10 },
        });
        await running.Supervisor.StartAsync("flood", wait: true);
        await running.StateAsync("flood", ProcessState.Exited);
        await running.OutputAsync("flood");
        Assert.Equal(20_000_000, Directory.GetFiles(folder.Path).Sum(file => new FileInfo(file).Length));
        Assert.InRange(Directory.GetFiles(folder.Path).Length, 3, 5);
    }

    [Fact]
    public async Task A_descendant_that_holds_the_pipe_is_read_after_the_end_and_stops_nothing()
    {
        await using var running = RunningSupervisor.Start(Sh("holder", "(sleep 0.2; echo late; sleep 1000) & echo $!"));
        await running.Supervisor.StartAsync("holder", wait: true);
        await running.StateAsync("holder", ProcessState.Exited);
        var lines = (await running.OutputAsync("holder", "late\n")).Split('\n');
        await running.Supervisor.StartAsync("holder", wait: true);
        await running.StateAsync("holder", ProcessState.Exited);
        foreach (var pid in (await running.OutputAsync("holder")).Split('\n').Where(line => int.TryParse(line, out _)))
            System.Diagnostics.Process.GetProcessById(int.Parse(pid)).Kill(entireProcessTree: true);
        Assert.Equal("late", lines[1]);
    }

    [Fact]
    public async Task A_log_that_cannot_be_opened_keeps_the_process_from_starting()
    {
        await using var running = RunningSupervisor.Start(Sh("lost", "exec sleep 1000") with
        {
            Stdout = new() { Target = OutputTarget.File, Path = "/nonexistent/log" },
        });
        await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.StartAsync("lost", wait: true));
        Assert.Equal("unknown error making dispatchers for 'lost': ENOENT",
            (await running.Supervisor.FindAsync("lost")).SpawnError);
    }

    [Fact]
    public async Task A_full_disk_makes_the_process_wait_and_not_the_supervisor()
    {
        await using var running = RunningSupervisor.Start(
            Sh("full", "head -c 300000 /dev/zero; exec sleep 1000") with
            {
                Stdout = new() { Target = OutputTarget.File, Path = "/dev/full", MaxBytes = 0 },
            },
            Sh("fine", "echo fine"));
        await running.Supervisor.StartAsync("full", wait: true);
        await running.Supervisor.StartAsync("fine", wait: true);
        await running.StateAsync("fine", ProcessState.Exited);
        Assert.Equal("fine\n", await running.OutputAsync("fine"));
        await running.LineAsync("ERRO the log /dev/full of 'full' cannot be written, and the process may have to wait: "
            + "ENOSPC");
        await running.Supervisor.StopAsync("full", wait: true);
    }

    [Fact]
    public async Task Logs_are_cleared_reopened_and_made_anew_when_removed()
    {
        await using var running = RunningSupervisor.Start(Sh("cat", "exec cat"));
        await running.Supervisor.StartAsync("cat", wait: true);
        var path = (await running.Supervisor.FindAsync("cat")).StdoutLog;
        Assert.Matches("/cat-stdout---supervisor-[a-z0-9_]{8}[.]log$", path);
        await SayAsync("one\n");
        await running.Supervisor.ClearLogsAsync("cat");
        Assert.Equal("", await running.OutputAsync("cat"));
        await SayAsync("two\n");

        File.Move(path, path + ".old");
        await running.Supervisor.ReopenLogsAsync();
        await SayAsync("three\n");
        Assert.Equal("two\n", await File.ReadAllTextAsync(path + ".old"));
        Assert.Equal("three\n", await running.OutputAsync("cat"));
        Assert.Equal([new("cat", "cat", FaultCode.Success, "OK")], await running.Supervisor.ClearAllLogsAsync());
        Assert.Equal("", await running.OutputAsync("cat"));

        async Task SayAsync(string text)
        {
            await running.Supervisor.SendStdinAsync("cat", System.Text.Encoding.UTF8.GetBytes(text));
            await running.OutputAsync("cat", text);
        }
    }

    [Fact]
    public async Task Without_a_log_the_output_is_read_all_the_same()
    {
        await using var running = RunningSupervisor.Start(Sh("none", "head -c 1000000 /dev/zero") with
        {
            Stdout = new() { Target = OutputTarget.None },
        });
        await running.Supervisor.StartAsync("none", wait: true);
        await running.StateAsync("none", ProcessState.Exited);
        var fault = await Assert.ThrowsAsync<SupervisorFault>(() => running.OutputAsync("none"));
        Assert.Equal(FaultCode.NoFile, fault.Code);
        var tail = await running.Supervisor.TailLogAsync("none", OutputChannel.Stdout, 0, 10);
        Assert.Equal((0, 0L, false), (tail.Text.Length, tail.Offset, tail.Overflow));
    }

    [Fact]
    public async Task At_level_debug_the_output_is_in_the_main_log_too()
    {
        await using var running = RunningSupervisor.Start(LogLevel.Debug, Group("say", Sh("say", "echo hello")));
        await running.Supervisor.StartAsync("say", wait: true);
        await running.StateAsync("say", ProcessState.Exited);
        var text = string.Join('\n', await running.LogAsync());
        Assert.Contains("DEBG 'say' stdout output:\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_main_log_is_read_and_cleared()
    {
        await using var running = RunningSupervisor.Start(Sh("say", "echo hello"));
        await running.Supervisor.StartAsync("say", wait: true);
        await running.StateAsync("say", ProcessState.Exited);
        Assert.Equal(3, (await running.LogAsync()).Length);
        await running.Supervisor.ClearMainLogAsync();
        Assert.Equal([""], await running.LogAsync());
    }
}
