using Rota.Supervisor.Client;
using Xunit;

namespace Rota.Supervisor.Tests.Proof;

/// <summary>In which order calls about many processes tell of them.</summary>
public sealed class BatchOrderTests
{
    private const string Programs = """
        [program:slow]
        command=sh -c "trap 'sleep 0.5; exit' TERM; while :; do sleep 0.05; done"
        startsecs=1
        priority=1
        autostart=false
        [program:quick]
        command=sleep 1000
        startsecs=0
        priority=2
        autostart=false
        [program:failing]
        command=sh -c "sleep 0.2; exit 1"
        startsecs=10
        startretries=100
        priority=3
        autostart=false
        [group:some]
        programs=slow,quick
        [group:all]
        programs=failing
        """;

    [Fact]
    public async Task What_is_done_at_once_stands_before_what_was_waited_for_with_each_daemon()
    {
        // Which of the two that are waited for is told of first follows from the moment in which supervisord looks.
        string[] possible = ["quick, slow | failing, slow, quick", "quick, slow | failing, quick, slow"];
        Assert.Contains(await OrderAsync(Side.Theirs), possible);
        Assert.Contains(await OrderAsync(Side.Ours), possible);
    }

    private static async Task<string> OrderAsync(Side side)
    {
        await using var daemon = await DaemonProcess.StartAsync(side, Programs);
        var proxy = new ServerProxy(new($"unix://{daemon.Socket}", null, null));
        var started = await proxy.ResultsAsync("startProcessGroup", "some", true);
        await proxy.CallAsync("startProcess", "all:failing", false);
        while ((await proxy.ProcessesAsync()).Single(process => process.Name == "failing").StateName != "BACKOFF")
            await Task.Yield();
        var stopped = await proxy.ResultsAsync("stopAllProcesses", true);
        return string.Join(" | ", new[] { started, stopped }
            .Select(results => string.Join(", ", results.Select(result => result.Name))));
    }
}
