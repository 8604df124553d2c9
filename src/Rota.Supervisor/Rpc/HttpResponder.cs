using System.Net.Sockets;
using System.Text;

namespace Rota.Supervisor.Rpc;

/// <summary>Answers one request: whole, or in pieces until the other side goes.</summary>
/// <param name="abort">Breaks the answer off.</param>
internal sealed class HttpResponder(Socket socket, HttpRequest? request, TimeProvider time, CancellationToken abort)
{
    /// <summary>Up to here an answer goes out in one piece; a larger one is not copied for that.</summary>
    private const int SmallBytes = 16 * 1024;

    private bool _chunked;

    /// <summary>The connection cannot be used for another request.</summary>
    public bool MustClose { get; private set; } = request?.WantsClose ?? true;

    public bool HasBegun { get; private set; }

    public Task SendAsync(string type, byte[] body) => SendAsync(200, type, body, []);

    public async Task SendAsync(int status, string type, byte[] body, (string Name, string Value)[] headers)
    {
        var head = Head(status, [.. headers, ("Content-Type", type), ("Content-Length", $"{body.Length}")]);
        if (request?.Method == "HEAD")
            body = [];
        if (body.Length > SmallBytes)
        {
            await SendAllAsync(head);
            await SendAllAsync(body);
        }
        else
        {
            await SendAllAsync((byte[])[.. head, .. body]);
        }
    }

    /// <summary>The page that supervisord sends for this status.</summary>
    public Task SendErrorAsync(int status, params (string Name, string Value)[] headers)
    {
        var page = $"<head>\r\n<title>Error response</title>\r\n</head>\r\n<body>\r\n<h1>Error response</h1>\r\n"
            + $"<p>Error code {status}.\r\n<p>Message: {Word(status)}.\r\n</body>\r\n";
        return SendAsync(status, "text/html", Encoding.ASCII.GetBytes(page), headers);
    }

    public Task BeginAsync(params (string Name, string Value)[] headers)
    {
        _chunked = request is { IsOld: false };
        MustClose |= !_chunked;
        return SendAllAsync(Head(200, _chunked ? [.. headers, ("Transfer-Encoding", "chunked")] : headers));
    }

    public Task SendPieceAsync(ReadOnlyMemory<byte> text) =>
        SendAllAsync(_chunked ? Chunk(text.Span) : text);

    /// <summary>Ends when the other side closes, or sends what nobody asked for.</summary>
    public async Task WaitForCloseAsync(CancellationToken stop)
    {
        MustClose = true;
        var rest = new byte[16];
        while (await socket.ReceiveAsync(rest, stop) > 0 && rest[0] is (byte)'\r' or (byte)'\n')
            rest[0] = 0;
    }

    private byte[] Head(int status, (string Name, string Value)[] headers)
    {
        HasBegun = true;
        MustClose |= status is 400 or 401 or 408 or 411 or 413 or 431 or 503;
        var head = new StringBuilder($"HTTP/{(request is { IsOld: true } ? "1.0" : "1.1")} {status} {Word(status)}\r\n")
            .Append("Server: Medusa/1.12\r\nDate: ").Append(time.GetUtcNow().ToString("r")).Append("\r\n");
        foreach (var (name, value) in headers)
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        if (MustClose)
            head.Append("Connection: close\r\n");
        else if (request is { IsOld: true })
            head.Append("Connection: Keep-Alive\r\n");
        return Encoding.Latin1.GetBytes(head.Append("\r\n").ToString());
    }

    private static byte[] Chunk(ReadOnlySpan<byte> text) =>
        [.. Encoding.ASCII.GetBytes($"{text.Length:x}\r\n"), .. text, .. "\r\n"u8];

    private async Task SendAllAsync(ReadOnlyMemory<byte> message)
    {
        while (message.Length > 0)
            message = message[await socket.SendAsync(message, abort)..];
    }

    private static string Word(int status) => status switch
    {
        200 => "OK",
        303 => "See Other",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Time-out",
        411 => "Length Required",
        413 => "Request Entity Too Large",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    };
}
