using System.Net.Sockets;
using System.Text;

namespace Rota.Supervisor.Rpc;

/// <summary>Reads one request after the other from a connection.</summary>
/// <remarks>A header or body that is too large gets 431 or 413, one without a length 411, anything else that is no
/// HTTP 400. Times are limited by the caller, who cancels.</remarks>
internal sealed class HttpReader(Socket socket)
{
    public const int HeaderBytesMax = 16 * 1024;
    public const int BodyBytesMax = 8 * 1024 * 1024;

    private static readonly byte[] End = "\r\n\r\n"u8.ToArray();

    private byte[] _buffer = new byte[4096];
    private int _start;
    private int _end;

    private ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Waits for the first byte of a request; false when the other side has closed.</summary>
    /// <remarks>Empty lines between requests are skipped: supervisorctl sends one too many.</remarks>
    public async Task<bool> WaitAsync(CancellationToken stop)
    {
        while (true)
        {
            while (_start < _end && _buffer[_start] is (byte)'\r' or (byte)'\n')
                _start++;
            if (_start < _end)
                return true;
            if (!await FillAsync(stop))
                return false;
        }
    }

    /// <exception cref="HttpException">It is no request, or too large.</exception>
    /// <exception cref="IOException">The other side went away.</exception>
    public async Task<HttpRequest> ReadAsync(CancellationToken stop)
    {
        int length;
        while ((length = Unread.IndexOf(End)) < 0)
        {
            if (Unread.Length > HeaderBytesMax)
                throw new HttpException(431);
            if (!await FillAsync(stop))
                throw new IOException("the request breaks off");
        }
        if (length > HeaderBytesMax)
            throw new HttpException(431);
        var request = HttpHead.Parse(Encoding.Latin1.GetString(Unread[..length]));
        _start += length + End.Length;
        return request.Method == "POST" ? request with { Body = await ReadBodyAsync(BodyLength(request), stop) }
            : request;
    }

    private static int BodyLength(HttpRequest request)
    {
        if (request.Header("Content-Length") is not { } text)
            throw new HttpException(411);
        if (text.Length is 0 or > 10 || !text.All(char.IsAsciiDigit))
            throw new HttpException(400);
        return long.Parse(text) is <= BodyBytesMax and var length ? (int)length : throw new HttpException(413);
    }

    private async Task<byte[]> ReadBodyAsync(int length, CancellationToken stop)
    {
        var body = new byte[length];
        var read = Math.Min(length, _end - _start);
        Unread[..read].CopyTo(body);
        _start += read;
        while (read < length)
        {
            var count = await socket.ReceiveAsync(body.AsMemory(read), stop);
            if (count == 0)
                throw new IOException("the request breaks off");
            read += count;
        }
        return body;
    }

    private async Task<bool> FillAsync(CancellationToken stop)
    {
        if (_start == _end)
            _start = _end = 0;
        if (_end == _buffer.Length)
        {
            var larger = _start > 0 ? _buffer : new byte[_buffer.Length * 2];
            Unread.CopyTo(larger);
            (_end, _start, _buffer) = (_end - _start, 0, larger);
        }
        var count = await socket.ReceiveAsync(_buffer.AsMemory(_end), stop);
        _end += count;
        return count > 0;
    }
}
