using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rota.Tests.Integrations;

/// <summary>What a client sent.</summary>
internal sealed record Received(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>A small HTTP server on loopback: one answer a connection, in the order of the requests.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    /// <summary>Answers nothing until the client gives up.</summary>
    public const string Hang = "";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<Received, int, string> _answer;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Received> _received = new();
    private int _count;

    /// <param name="answer">Gets the request and its number from 1 on; gives the whole answer.</param>
    public LoopbackServer(Func<Received, int, string> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Uri Address => new($"http://127.0.0.1:{Port}/");

    public IReadOnlyList<Received> Requests => [.. _received];

    public static string Answer(int status, string body = "", params string[] headers) =>
        $"HTTP/1.1 {status} Said\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n"
        + string.Concat(headers.Select(header => header + "\r\n")) + "\r\n" + body;

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var open = client;
        try
        {
            await using var stream = client.GetStream();
            var request = await ReadAsync(stream);
            _received.Enqueue(request);
            var answer = _answer(request, Interlocked.Increment(ref _count));
            if (answer == Hang)
                await stream.ReadExactlyAsync(new byte[1], _stop.Token); // ends when the client closes
            else
                await stream.WriteAsync(Encoding.UTF8.GetBytes(answer));
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The client or the test went away.
        }
    }

    private static async Task<Received> ReadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0)
                throw new IOException("The client closed.");
            head.Append((char)one[0]);
        }
        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var body = new byte[int.Parse(headers.GetValueOrDefault("Content-Length", "0"))];
        if (headers.ContainsKey("Transfer-Encoding"))
            throw new NotSupportedException("The server of the tests reads no chunks.");
        await stream.ReadExactlyAsync(body);
        var start = lines[0].Split(' ');
        return new Received(start[0], start[1], headers, Encoding.UTF8.GetString(body));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
    }
}
