using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Rota.Supervisor.Rpc;
using Xunit;

namespace Rota.Supervisor.Tests.Rpc;

/// <summary>Requests by chance: each gets an answer or a closed connection, and the server lives on.</summary>
public class RpcFuzzTests
{
    private static readonly int Seed = Environment.TickCount;

    private static readonly string[] Pieces =
    [
        "<", ">", "&", "&lt;", "&#0;", "&x;", "</", "<value>", "</value>", "<int>", "</int>", "<array><data>",
        "</data></array>",
        "<struct>", "<member>", "<name>", "</name>", "</member>", "</struct>", "<![CDATA[", "]]>", "<!--", "-->",
        "<?x?>",
        "<!DOCTYPE a>", "\0", "\ufffe", "é", "9", "-", ".", "\r\n", " ", "HTTP/1.1", "GET", "POST", "/RPC2",
        "Content-Length: 5",
        "Connection: close", ":", "%", "%zz", "/logtail/cat", "?", "#", "nil", "base64", "dateTime.iso8601", "boolean",
    ];

    [Fact]
    public void A_body_by_chance_is_a_call_or_is_refused()
    {
        var random = new Random(Seed);
        var watch = Stopwatch.StartNew();
        for (var count = 0; count < 50_000 && watch.Elapsed < TimeSpan.FromSeconds(3); count++)
        {
            var body = Mutated(random, Encoding.UTF8.GetString(XmlRpcWriter.Call("supervisor.startProcess",
                ["cat", 1, true, new List<object?> { "x" }, new OrderedDictionary<string, object?> { ["a"] = 1.5 }])));
            var error = Record.Exception(() => XmlRpcReader.ReadCall(Encoding.UTF8.GetBytes(body)));
            Assert.True(error is null or FormatException, $"seed {Seed}\n{JsonSerializer.Serialize(body)}\n{error}");
        }
    }

    [Fact]
    public async Task A_request_by_chance_is_answered_or_dropped_and_the_next_is_served()
    {
        await using var host = RpcHost.Start("[program:cat]\ncommand=cat\nautostart=false\n");
        var random = new Random(Seed);
        var watch = Stopwatch.StartNew();
        var body = Encoding.UTF8.GetString(XmlRpcWriter.Call("system.multicall", [new List<object?>()]));
        for (var count = 0; count < 3_000 && watch.Elapsed < TimeSpan.FromSeconds(4); count++)
        {
            var request = Mutated(random,
                $"POST /RPC2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {body.Length}"
                + $"\r\n\r\n{body}");
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

    private static string Mutated(Random random, string text)
    {
        var result = new StringBuilder(text);
        for (var count = random.Next(1, 5); count > 0 && result.Length > 0; count--)
        {
            var place = random.Next(result.Length);
            if (random.Next(2) == 0)
                result.Insert(place, Pieces[random.Next(Pieces.Length)]);
            else
                result.Remove(place, Math.Min(random.Next(1, 30), result.Length - place));
        }
        return result.ToString();
    }
}
