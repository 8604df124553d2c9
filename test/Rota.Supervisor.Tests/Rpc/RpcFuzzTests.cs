using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Rota.Supervisor.Rpc;
using Rota.Supervisor.Tests.Fuzz;
using Xunit;

namespace Rota.Supervisor.Tests.Rpc;

/// <summary>Requests by chance: each gets an answer or a closed connection, and the server lives on.</summary>
public class RpcFuzzTests
{
    private static readonly int Seed = Environment.TickCount;

    [Fact]
    public async Task A_request_by_chance_is_answered_or_dropped_and_the_next_is_served()
    {
        await using var host = RpcHost.Start("[program:cat]\ncommand=cat\nautostart=false\n");
        var random = new Random(Seed);
        var watch = Stopwatch.StartNew();
        var body = Encoding.UTF8.GetString(XmlRpcWriter.Call("system.multicall", [new List<object?>()]));
        for (var count = 0; count < 3_000 && watch.Elapsed < TimeSpan.FromSeconds(4); count++)
        {
            var request = FuzzTarget.RequestPieces.Of("POST /RPC2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                + $"Content-Length: {body.Length}\r\n\r\n{body}", random);
            using var socket = await host.ConnectAsync();
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await socket.SendAsync(Encoding.UTF8.GetBytes(request), deadline.Token);
            socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            var answer = await RpcHost.ReadAsync(socket, deadline.Token);
            Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.", StringComparison.Ordinal),
                $"seed {Seed}\n{JsonSerializer.Serialize(request)}\n{answer}");
        }
        Assert.EndsWith("OK", await host.GetAsync("/ok.html"));
        Assert.DoesNotContain(host.Log, line => line.StartsWith("Critical", StringComparison.Ordinal)
            && line.Contains("unexpected exception"));
    }
}
