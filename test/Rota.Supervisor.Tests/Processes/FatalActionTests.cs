using System.Net;
using System.Net.Sockets;
using System.Text;
using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>`on_fatal`: what is done when a process is given up.</summary>
public sealed class FatalActionTests
{
    [Fact]
    public async Task The_daemon_ends_with_1()
    {
        await using var running = RunningSupervisor.Start(
            Sh("other", "exec cat") with { AutoStart = true }, Hopeless(new(FatalKind.Exit, "")));
        await running.StateAsync("bad", ProcessState.Fatal);
        Assert.Equal(DaemonState.Shutdown, await running.Supervisor.Ended.WaitAsync(Deadline));
        Assert.Equal(1, running.Supervisor.ExitCode);
        Assert.Contains("CRIT bad is FATAL: the daemon ends with 1 (on_fatal=exit)", await running.LogAsync());
    }

    [Fact]
    public async Task A_command_is_run_with_the_name_and_the_reason()
    {
        using var folder = new Folder();
        var told = Path.Combine(folder.Path, "told");
        await using var running = RunningSupervisor.Start(Hopeless(new(FatalKind.Run,
            $"sh -c 'echo $SUPERVISOR_GROUP_NAME:$SUPERVISOR_PROCESS_NAME $SUPERVISOR_REASON >{told}'")));
        await running.LineAsync("INFO the command of on_fatal for bad is done");
        Assert.Equal("bad:bad can't find command '/nonexistent'\n",
            await File.ReadAllTextAsync(told, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_post_is_tried_again_until_it_is_taken()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var running = RunningSupervisor.Start(
            Hopeless(new(FatalKind.Notify, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/hook")));
        var first = await AnswerAsync(listener, "500 Broken");
        var second = await AnswerAsync(listener, "204 Taken");
        Assert.StartsWith("POST /hook HTTP/1.1", first, StringComparison.Ordinal);
        foreach (var part in new[]
        {
            "\"event\":\"process.fatal\"", "\"process\":\"bad\"", "\"group\":\"bad\"", "\"reason\":\"can\\u0027t find",
        })
        {
            Assert.Contains(part, second, StringComparison.Ordinal);
        }
        await running.LineAsync("INFO the post of on_fatal for bad is done");
    }

    private static async Task<string> AnswerAsync(TcpListener listener, string status)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var client = await listener.AcceptTcpClientAsync(deadline.Token);
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().EndsWith("0\r\n\r\n", StringComparison.Ordinal))
        {
            var count = await client.GetStream().ReadAsync(buffer, deadline.Token);
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
        var answer = Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        await client.GetStream().WriteAsync(answer, deadline.Token);
        return text.ToString();
    }

    private static ProcessConfig Hopeless(FatalAction action) => Sh("bad", "") with
    {
        Command = "/nonexistent",
        Arguments = ["/nonexistent"],
        AutoStart = true,
        StartRetries = 0,
        Life = new() { OnFatal = action },
    };
}
