using Rota.Supervisor.Config;
using Rota.Supervisor.Events;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Tests.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Events;

/// <summary>Events and the listeners that real processes are.</summary>
public class EventTests
{
    /// <summary>Writes the header and body of each event to standard error, and answers as its arguments say, the first
    /// time that it is started.</summary>
    private const string Listener = """
        import os, sys
        answers = [] if os.path.exists('started') else sys.argv[1:]
        open('started', 'w')
        while True:
            sys.stdout.write('READY\n'); sys.stdout.flush()
            header = sys.stdin.readline()
            if not header: break
            body = sys.stdin.read(int(dict(t.split(':') for t in header.split())['len']))
            sys.stderr.write(header + body + '\n--\n'); sys.stderr.flush()
            answer = answers.pop(0) if answers else 'OK'
            if answer == 'die': sys.exit(0)
            sys.stdout.write('RESULT %d\n%s' % (len(answer), answer) if answer != 'garbage' else 'RESULT x\n')
            sys.stdout.flush()
        """;

    [Fact]
    public void A_kind_of_event_is_all_that_its_name_begins()
    {
        Assert.True(EventNames.IsA("PROCESS_STATE_EXITED", "PROCESS_STATE"));
        Assert.True(EventNames.IsA("TICK_5", "EVENT"));
        Assert.False(EventNames.IsA("TICK_5", "TICK_60"));
        Assert.False(EventNames.IsA("PROCESS_STATE", "PROCESS_STATE_EXITED"));
        Assert.False(EventNames.IsA("PROCESS_GROUP_ADDED", "PROCESS_STATE"));
        Assert.Equal(27, EventNames.All.Distinct().Count());
    }

    [Fact]
    public async Task The_life_of_a_process_is_told_in_supervisors_words()
    {
        await using var running = RunningSupervisor.Start(LogLevel.Info, Group("g", Sh("p", "exec cat")));
        await running.Supervisor.StartAsync("g:p", wait: true);
        var pid = (await running.Supervisor.FindAsync("g:p")).Pid;
        await running.Supervisor.StopAsync("g:p", wait: true);
        const string who = "processname:p groupname:g from_state:";
        Assert.Equal($"{who}STOPPED tries:0", (await running.EventAsync("PROCESS_STATE_STARTING")).Payload);
        Assert.Equal($"{who}STARTING pid:{pid}", (await running.EventAsync("PROCESS_STATE_RUNNING")).Payload);
        Assert.Equal($"{who}RUNNING pid:{pid}", (await running.EventAsync("PROCESS_STATE_STOPPING")).Payload);
        Assert.Equal($"{who}STOPPING pid:{pid}", (await running.EventAsync("PROCESS_STATE_STOPPED")).Payload);
    }

    [Fact]
    public async Task Outputs_are_events_before_the_end_that_follows_them()
    {
        const string script = "echo a; echo \"<!--XSUPERVISOR:BEGIN-->told<!--XSUPERVISOR:END-->\" >&2; exit 3";
        await using var running = RunningSupervisor.Start(Sh("p", script) with
        {
            Stdout = new() { EventsEnabled = true },
            Stderr = new() { CaptureMaxBytes = 100 },
        });
        await running.Supervisor.StartAsync("p", wait: true);
        var started = await running.EventAsync("PROCESS_STATE_RUNNING");
        var pid = started.Payload[(started.Payload.LastIndexOf(':') + 1)..];
        Assert.Equal($"processname:p groupname:p pid:{pid} channel:stdout\na\n",
            (await running.EventAsync("PROCESS_LOG_STDOUT")).Payload);
        Assert.Equal($"processname:p groupname:p pid:{pid}\ntold",
            (await running.EventAsync("PROCESS_COMMUNICATION_STDERR")).Payload);
        Assert.Equal($"processname:p groupname:p from_state:RUNNING expected:0 pid:{pid}",
            (await running.EventAsync("PROCESS_STATE_EXITED")).Payload);
    }

    [Fact]
    public async Task A_listener_gets_an_event_again_that_it_rejects_or_dies_with()
    {
        using var folder = new Folder();
        await using var running = RunningSupervisor.Start(LogLevel.Debug, Pool(folder, 10, "FAIL", "die"));
        await running.StateAsync("hear", ProcessState.Running);
        await running.Supervisor.SendRemoteEventAsync("kind", "one ü");
        await running.StateAsync("hear", ProcessState.Exited);
        await running.StateAsync("hear", ProcessState.Running);
        var text = await HeardAsync(running, 3);
        const string header = "ver:3.0 server:supervisor serial:0 pool:hear poolserial:0 "
            + "eventname:REMOTE_COMMUNICATION len:15\n";
        Assert.Equal(string.Concat(Enumerable.Repeat($"{header}type:kind\none ü\n--\n", 3)), text);
        Assert.Contains("WARN hear: event was rejected", await running.LogAsync());
    }

    [Fact]
    public async Task Garbage_makes_a_listener_unknown_and_its_event_waits_for_another()
    {
        using var folder = new Folder();
        var pool = Pool(folder, 10, "garbage");
        var good = pool.Processes[0] with { Name = "other", AutoStart = false };
        await using var running = RunningSupervisor.Start(LogLevel.Info,
            pool with { Processes = [pool.Processes[0], good] });
        await running.StateAsync("hear", ProcessState.Running);
        await running.Supervisor.SendRemoteEventAsync("kind", "one");
        await running.LineAsync("WARN hear: has entered the UNKNOWN state and will no longer receive events, this "
            + "usually indicates the process violated the eventlistener protocol");
        Assert.Contains("WARN hear: bad result line: 'RESULT x'", await running.LogAsync());
        Assert.Equal(ListenerState.Unknown, (await running.Supervisor.FindAsync("hear:hear")).Listener);
        await running.Supervisor.StartAsync("hear:other", wait: true);
        Assert.Contains("one", await HeardAsync(running, 1, "hear:other"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_too_many_waiting_events_the_oldest_falls_out()
    {
        using var folder = new Folder();
        var pool = Pool(folder, 2);
        await using var running = RunningSupervisor.Start(LogLevel.Info,
            pool with { Processes = [pool.Processes[0] with { AutoStart = false }] });
        for (var number = 0; number < 4; number++)
            await running.Supervisor.SendRemoteEventAsync("n", $"{number}");
        Assert.Equal(["ERRO pool hear event buffer overflowed, discarding event 0",
            "ERRO pool hear event buffer overflowed, discarding event 1"], await running.LogAsync());
        await running.Supervisor.StartAsync("hear", wait: true);
        var text = await HeardAsync(running, 2);
        Assert.Contains("serial:2 pool:hear poolserial:2 ", text, StringComparison.Ordinal);
        Assert.Contains("serial:3 pool:hear poolserial:3 ", text, StringComparison.Ordinal);
    }

    private static async Task<string> HeardAsync(RunningSupervisor running, int count, string name = "hear")
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var turn = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            var text = await running.OutputAsync(name, Rota.Supervisor.Logs.OutputChannel.Stderr);
            if (text.Split("--\n").Length > count)
                return text;
            await turn.WaitForNextTickAsync(deadline.Token);
        }
    }

    private static GroupConfig Pool(Folder folder, int buffer, params string[] answers) => new()
    {
        Name = "hear",
        Kind = GroupKind.EventListeners,
        Priority = -1,
        EventBufferSize = buffer,
        Events = ["REMOTE_COMMUNICATION"],
        Processes =
        [
            Sh("hear", "") with
            {
                Arguments = ["python3", "-c", Listener, .. answers], AutoStart = true, AutoRestart = AutoRestart.Always,
                Directory = folder.Path,
            },
        ],
    };
}
