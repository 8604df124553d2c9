using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace Rota.Supervisor.Client;

/// <summary>One request to a daemon over a unix socket or TCP, and its answer.</summary>
internal sealed class ServerConnection : IDisposable
{
    private const int LineBytesMax = 16 * 1024;
    private const int DefaultPort = 80;

    private readonly ServerAddress _address;
    private readonly NetworkStream _stream;
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    private ServerConnection(ServerAddress address, Socket socket) =>
        (_address, _stream) = (address, new NetworkStream(socket, ownsSocket: true));

    /// <exception cref="RefusedException">Nobody listens.</exception>
    /// <exception cref="NoSocketException">There is no such unix socket.</exception>
    /// <exception cref="ClientError">Anything else.</exception>
    public static async Task<ServerConnection> OpenAsync(ServerAddress address, CancellationToken stop)
    {
        try
        {
            var socket = address.SocketPath is { } path
                ? await UnixAsync(path, stop)
                : await TcpAsync(address.Url, stop);
            return new(address, socket);
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
        {
            throw new RefusedException();
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new ClientError("PermissionError", "[Errno 13] Permission denied");
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain)
        {
            throw new ClientError("socket.gaierror", "[Errno -2] Name or service not known");
        }
        catch (SocketException error)
        {
            throw new ClientError("OSError", error.Message);
        }
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>Sends the request and reads the answer's first lines: status, reason and headers.</summary>
    public async Task<AnswerHead> SendAsync(string method, string path, byte[] body, CancellationToken stop)
    {
        var head = new StringBuilder(
            $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: rota-supervisorctl\r\n");
        if (_address is { Username: not null, Password: not null })
            head.Append("Authorization: Basic ").Append(Convert.ToBase64String(
                Encoding.UTF8.GetBytes($"{_address.Username}:{_address.Password}"))).Append("\r\n");
        if (method == "POST")
            head.Append($"Content-Type: text/xml\r\nConnection: close\r\nContent-Length: {body.Length}\r\n");
        await _stream.WriteAsync((byte[])[.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. body], stop);

        var status = (await LineAsync(stop) ?? throw Broken()).Split(' ', 3);
        if (status.Length < 2 || !int.TryParse(status[1], CultureInfo.InvariantCulture, out var code))
            throw Broken();
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await LineAsync(stop) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':');
            headers[colon < 0 ? line : line[..colon]] = colon < 0 ? "" : line[(colon + 1)..].Trim();
        }
        return new(code, status.Length > 2 ? status[2] : "", headers);
    }

    /// <summary>The body, piece by piece as it comes, to its end or until the server closes.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> PiecesAsync(
        Dictionary<string, string> headers, [EnumeratorCancellation] CancellationToken stop = default)
    {
        var isChunked = headers.GetValueOrDefault("Transfer-Encoding") == "chunked";
        long left = isChunked ? 0
            : long.TryParse(headers.GetValueOrDefault("Content-Length"), out var length) ? length
            : long.MaxValue;
        while (true)
        {
            if (isChunked && left == 0 && (left = await ChunkSizeAsync(stop)) == 0)
                yield break;
            if (left == 0 || (_start == _end && !await FillAsync(stop)))
                yield break;
            var count = (int)Math.Min(left, _end - _start);
            yield return _buffer.AsMemory(_start, count);
            _start += count;
            left -= count;
        }
    }

    /// <summary>The body as text, as <see cref="PiecesAsync"/>; a letter may come in two pieces.</summary>
    public async IAsyncEnumerable<string> TextAsync(Dictionary<string, string> headers)
    {
        var decoder = Encoding.UTF8.GetDecoder();
        await foreach (var piece in PiecesAsync(headers))
        {
            var letters = new char[piece.Length + 1];
            yield return new string(letters, 0, decoder.GetChars(piece.Span, letters, flush: false));
        }
    }

    private async Task<long> ChunkSizeAsync(CancellationToken stop)
    {
        string? line;
        do
            line = await LineAsync(stop);
        while (line is "");
        return long.TryParse(line?.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var size)
            ? size
            : 0;
    }

    /// <summary>Up to the line's end, which is taken off; null at the end of all.</summary>
    private async Task<string?> LineAsync(CancellationToken stop)
    {
        var line = new List<byte>();
        while (true)
        {
            var end = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            line.AddRange(_buffer.AsSpan(_start, end < 0 ? _end - _start : end));
            _start = end < 0 ? _end : _start + end + 1;
            if (end >= 0)
                return Encoding.Latin1.GetString(line.ToArray()).TrimEnd('\r');
            if (line.Count > LineBytesMax || !await FillAsync(stop))
                return null;
        }
    }

    private async Task<bool> FillAsync(CancellationToken stop)
    {
        _start = 0;
        _end = 0;
        _end = await _stream.ReadAsync(_buffer, stop);
        return _end > 0;
    }

    private static async Task<Socket> UnixAsync(string path, CancellationToken stop)
    {
        if (!Path.Exists(path))
            throw new NoSocketException();
        return await ConnectedAsync(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
            socket => socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stop));
    }

    private static Task<Socket> TcpAsync(string url, CancellationToken stop)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != "http")
            throw new ClientError("ValueError", $"Unknown protocol for serverurl {url}");
        var port = uri.IsDefaultPort ? DefaultPort : uri.Port;
        return ConnectedAsync(new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true },
            socket => socket.ConnectAsync(uri.DnsSafeHost, port, stop));
    }

    private static async Task<Socket> ConnectedAsync(Socket socket, Func<Socket, ValueTask> connect)
    {
        try
        {
            await connect(socket);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static ClientError Broken() =>
        new("http.client.RemoteDisconnected", "Remote end closed connection without response");
}

/// <summary>The first lines of an answer.</summary>
internal sealed record AnswerHead(int Status, string Reason, Dictionary<string, string> Headers);
