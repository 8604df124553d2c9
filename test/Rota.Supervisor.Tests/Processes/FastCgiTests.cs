using System.Net.Sockets;
using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Xunit;
using static Rota.Supervisor.Tests.Processes.RunningSupervisor;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>Processes that accept from one socket, which is their standard input.</summary>
public class FastCgiTests
{
    private const string Server = """
        import socket, os
        s = socket.socket(fileno=0)
        while True:
            c, _ = s.accept(); c.sendall(str(os.getpid()).encode()); c.close()
        """;

    [Fact]
    public async Task They_share_the_socket_which_is_closed_after_the_last()
    {
        using var folder = new Folder();
        var path = Path.Combine(folder.Path, "fcgi.sock");
        var process = Sh("a", "") with { Arguments = ["python3", "-c", Server] };
        var group = Group("fcgi", process, process with { Name = "b" }) with
        {
            Kind = GroupKind.FastCgi,
            Socket = new($"unix://{path}", null, null, 0b111_000_000),
        };
        await using var running = RunningSupervisor.Start(LogLevel.Info, group);
        await running.Supervisor.StartGroupAsync("fcgi", wait: true);
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(path));

        var pids = (await running.Supervisor.ListAsync()).Select(facts => facts.Pid.ToString()).ToList();
        Assert.Contains(await AskAsync(path), pids);
        await running.Supervisor.StopAsync("fcgi:a", wait: true);
        Assert.Equal(pids[1], await AskAsync(path));
        var refused = await Assert.ThrowsAsync<SupervisorFault>(() => running.Supervisor.SendStdinAsync("fcgi:b", [1]));
        Assert.Equal("NO_FILE: fcgi:b", refused.Message);
        await running.Supervisor.StopAsync("fcgi:b", wait: true);
        await Assert.ThrowsAsync<SocketException>(() => AskAsync(path));

        var lines = (await running.LogAsync()).Where(line => line.Contains("socket", StringComparison.Ordinal));
        Assert.Equal(
            [
                $"INFO Creating socket unix://{path}", $"INFO Closing socket unix://{path}",
                $"INFO Creating socket unix://{path}", $"INFO Closing socket unix://{path}",
            ], lines);
    }

    [Fact]
    public async Task A_port_is_opened_for_the_first_and_closed_after_the_last()
    {
        var port = FreePort.Take();
        var group = Group("fcgi", Sh("a", "") with { Arguments = ["python3", "-c", Server] }) with
        {
            Kind = GroupKind.FastCgi,
            Socket = new($"tcp://localhost:{port}", 5, null, 0),
        };
        await using var running = RunningSupervisor.Start(LogLevel.Info, group);
        await running.Supervisor.StartAsync("fcgi:a", wait: true);
        var pid = (await running.Supervisor.FindAsync("fcgi:a")).Pid;
        using (var client = new TcpClient())
        {
            await client.ConnectAsync("127.0.0.1", port);
            using var reader = new StreamReader(client.GetStream());
            Assert.Equal($"{pid}", await reader.ReadToEndAsync().WaitAsync(Deadline));
        }
        await running.Supervisor.StopAsync("fcgi:a", wait: true);
        using var late = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => late.ConnectAsync("127.0.0.1", port));
        // Again on the same port at once, while its former connection is still winding down.
        await running.Supervisor.StartAsync("fcgi:a", wait: true);
        var line = $"INFO Creating socket tcp://localhost:{port}";
        Assert.Equal(3, (await running.LogAsync()).Count(said => said == line));
    }

    [Fact]
    public void A_socket_that_cannot_be_opened_is_refused_when_the_group_is_made()
    {
        var group = Group("fcgi", Sh("a", "")) with
        {
            Kind = GroupKind.FastCgi,
            Socket = new("unix:///nonexistent/s.sock", null, null, 0),
        };
        var fault = Assert.Throws<SupervisorFault>(() => RunningSupervisor.Start(LogLevel.Info, group));
        Assert.StartsWith("FAILED: Could not create FastCGI socket unix:///nonexistent/s.sock: ", fault.Message,
            StringComparison.Ordinal);
    }

    private static async Task<string> AskAsync(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        using var reader = new StreamReader(new NetworkStream(socket));
        return await reader.ReadToEndAsync().WaitAsync(Deadline);
    }
}
