using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rota.Stores.Tests;

/// <summary>Stands between a process and PostgreSQL, and ends all connections of the process when it has sent so many
/// statements, as they end when it is killed there: what was sent is done, and its answer is lost.</summary>
/// <remarks>
/// It reads what the client says (PostgreSQL's protocol 3.0). A step is a statement: a Query or an Execute; and outside
/// a transaction, where it commits, also the Sync behind it. Not counted are the process's own news and lease, which
/// come when they come, and what Npgsql asks a server that it meets for the first time.
/// </remarks>
internal sealed class KillProxy : IAsyncDisposable
{
    private const int StartupBytes = 4, TypedBytes = 5, NotAStartup = 80_877_102;
    private static readonly string[] AsideWords =
    [
        "LISTEN ", "session (seen_at)", "SET seen_at", "pg_notify", "SELECT version()",
    ];

    private readonly TcpListener _listener = new(IPAddress.Loopback, port: 0);
    private readonly int _target;
    private readonly Lock _lock = new();
    private readonly List<string> _steps = [];
    private readonly List<Way> _ways = [];
    private readonly Task _accepting;
    private int _killAt;
    private volatile bool _isArmed, _isDead;

    /// <param name="target">Port of the server.</param>
    public KillProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The statements since it was armed, in order.</summary>
    public IReadOnlyList<string> Steps
    {
        get
        {
            lock (_lock)
                return [.. _steps];
        }
    }

    /// <param name="killAt">Kills behind this step, the first one being 1; 0 for never.</param>
    public void Arm(int killAt) => (_killAt, _isArmed) = (killAt, true);

    /// <summary>Ends all connections.</summary>
    /// <returns>When the server has ended them, too, and let go what they held.</returns>
    public async Task KillAsync()
    {
        List<Way> ways;
        lock (_lock)
        {
            _isDead = true;
            ways = [.. _ways];
        }
        _listener.Stop();
        foreach (var way in ways)
            way.Die();
        await Task.WhenAll(ways.Select(way => way.Ended));
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (!_isDead)
            {
                var client = await _listener.AcceptSocketAsync();
                var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _target));
                lock (_lock)
                {
                    _ways.Add(new Way(this, client, server));
                    if (_isDead)
                        _ways[^1].Die();
                }
            }
        }
        catch (Exception error) when (error is SocketException or InvalidOperationException)
        {
            // The proxy is over.
        }
    }

    /// <returns>Whether the process dies behind it.</returns>
    private bool Step(string what)
    {
        lock (_lock)
        {
            if (!_isArmed || _isDead)
                return false;
            _steps.Add(what);
            return _isDead = _steps.Count == _killAt;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await _accepting;
        _listener.Dispose();
    }

    /// <summary>One connection.</summary>
    private sealed class Way
    {
        private readonly KillProxy _proxy;
        private readonly Socket _client, _server;
        private readonly Dictionary<string, string> _statements = [];
        private string _bound = "";
        private bool _isStarted, _isInTransaction, _isCounted;

        public Way(KillProxy proxy, Socket client, Socket server)
        {
            (_proxy, _client, _server) = (proxy, client, server);
            _client.NoDelay = true;
            Ended = Task.WhenAll(UpAsync(), DownAsync());
        }

        public Task Ended { get; }

        public void Die()
        {
            _client.Close(timeout: 0);
            Quietly(() => _server.Shutdown(SocketShutdown.Send));
        }

        private async Task UpAsync()
        {
            var held = new byte[1 << 16];
            var count = 0;
            while (true)
            {
                if (count == held.Length)
                    Array.Resize(ref held, 2 * held.Length);
                var came = await ReceiveAsync(_client, held.AsMemory(count));
                if (came == 0)
                    break;
                count += came;
                var at = 0;
                while (Length(held.AsSpan(at, count - at)) is { } length && length <= count - at)
                {
                    var message = held.AsMemory(at, length);
                    var isLast = Meet(message.Span); // from here on no answer passes
                    await SendAsync(_server, message);
                    at += length;
                    if (isLast)
                    {
                        _ = _proxy.KillAsync(); // which waits for this one, too
                        return;
                    }
                }
                held.AsSpan(at, count - at).CopyTo(held);
                count -= at;
            }
            Quietly(() => _server.Shutdown(SocketShutdown.Send));
        }

        private async Task DownAsync()
        {
            var buffer = new byte[1 << 16];
            while (await ReceiveAsync(_server, buffer) is > 0 and var count)
            {
                if (!_proxy._isDead)
                    await SendAsync(_client, buffer.AsMemory(0, count));
            }
            _client.Close(timeout: 0);
            _server.Dispose();
        }

        /// <returns>Of the message that begins here; null where not enough of it is there to say.</returns>
        private int? Length(ReadOnlySpan<byte> bytes)
        {
            var head = _isStarted ? TypedBytes : StartupBytes;
            return bytes.Length < head ? null
                : BinaryPrimitives.ReadInt32BigEndian(bytes[(head - StartupBytes)..]) + head - StartupBytes;
        }

        private bool Meet(ReadOnlySpan<byte> message)
        {
            if (!_isStarted)
            {
                // Requests for encryption come first; the server says no.
                _isStarted = BinaryPrimitives.ReadInt32BigEndian(message[StartupBytes..]) < NotAStartup;
                return false;
            }
            var body = message[TypedBytes..];
            switch ((char)message[0])
            {
                case 'Q':
                    return IsLast(Text(ref body));
                case 'P':
                    var name = Text(ref body);
                    _statements[name] = Text(ref body);
                    return false;
                case 'B':
                    _ = Text(ref body); // the portal
                    _bound = _statements[Text(ref body)];
                    return false;
                case 'E':
                    return IsLast(_bound);
                case 'S':
                    return _isCounted && !_isInTransaction && _proxy.Step("sync");
                default:
                    return false;
            }
        }

        private bool IsLast(string sql)
        {
            _isInTransaction = sql.StartsWith("BEGIN", StringComparison.Ordinal)
                || (_isInTransaction && sql is not ("COMMIT" or "ROLLBACK"));
            _isCounted = !AsideWords.Any(word => sql.Contains(word, StringComparison.Ordinal));
            return _isCounted && _proxy.Step(sql);
        }

        private static string Text(ref ReadOnlySpan<byte> body)
        {
            var end = body.IndexOf((byte)0);
            var text = Encoding.UTF8.GetString(body[..end]);
            body = body[(end + 1)..];
            return text;
        }

        private static async Task<int> ReceiveAsync(Socket from, Memory<byte> buffer)
        {
            try
            {
                return await from.ReceiveAsync(buffer);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                return 0;
            }
        }

        private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
        {
            try
            {
                await to.SendAsync(bytes);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // Nobody hears it any more.
            }
        }

        private static void Quietly(Action shut)
        {
            try
            {
                shut();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // It was over before.
            }
        }
    }
}
