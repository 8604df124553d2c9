using Rota.Supervisor.Config;
using Rota.Supervisor.Events;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Tests.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Events;

/// <summary>Listeners that behave badly.</summary>
public class ListenerFaultTests
{
    [Fact]
    public async Task One_that_never_answers_keeps_its_event_and_the_supervisor_goes_on()
    {
        await using var running = Start("print('READY', flush=True); time.sleep(1000)");
        await running.StateAsync("hear", ProcessState.Running);
        await UntilAsync(running, ListenerState.Ready);
        for (var number = 0; number < 5; number++)
            await running.Supervisor.SendRemoteEventAsync("n", $"{number}");
        Assert.Equal(ListenerState.Busy, (await running.Supervisor.FindAsync("hear")).Listener);
        // One is with the listener, two wait, two fell out.
        Assert.Equal(2, (await running.LogAsync())
            .Count(line => line.StartsWith("ERRO pool hear event buffer overflowed", StringComparison.Ordinal)));
        await running.Supervisor.StopAsync("hear", wait: true);
        Assert.Equal(ProcessState.Stopped, (await running.Supervisor.FindAsync("hear")).State);
    }

    [Theory]
    [InlineData("while True: sys.stdout.write('x' * 65536)")]
    [InlineData("while True: sys.stdout.write('READY\\n')")]
    [InlineData("print('READY', flush=True); sys.stdin.readline()\nwhile True: sys.stdout.write('RESULT 2')")]
    [InlineData("print('READY', flush=True); sys.stdin.readline()\nprint('RESULT -1', flush=True); time.sleep(1000)")]
    [InlineData("sys.stdout.buffer.write(bytes(range(256)) * 4); sys.stdout.flush(); time.sleep(1000)")]
    public async Task One_that_talks_nonsense_without_end_is_unknown_and_costs_nothing_more(string script)
    {
        await using var running = Start(script);
        await running.StateAsync("hear", ProcessState.Running);
        await running.Supervisor.SendRemoteEventAsync("n", "1");
        await UntilAsync(running, ListenerState.Unknown);
        Assert.Equal(ProcessState.Running, (await running.Supervisor.FindAsync("hear")).State);
        await running.Supervisor.StopAsync("hear", wait: true);
        Assert.Equal(ProcessState.Stopped, (await running.Supervisor.FindAsync("hear")).State);
    }

    private static async Task UntilAsync(RunningSupervisor running, ListenerState state)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var turn = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while ((await running.Supervisor.FindAsync("hear")).Listener != state)
            await turn.WaitForNextTickAsync(deadline.Token);
    }

    private static RunningSupervisor Start(string script) => RunningSupervisor.Start(LogLevel.Info, new GroupConfig
    {
        Name = "hear",
        Kind = GroupKind.EventListeners,
        EventBufferSize = 2,
        Events = ["REMOTE_COMMUNICATION"],
        Processes =
        [
            Sh("hear", "") with { Arguments = ["python3", "-c", "import sys, time\n" + script], AutoStart = true },
        ],
    });
}
