using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Rota.Integrations;

/// <summary>Makes the clients that integrations call other systems with: guarded, retried, bounded, logged.</summary>
/// <remarks>A call goes log line -> retries -> time-out of a try -> redirects -> guard at connect. The response is read
/// whole within the try, so that the time-out and the size limit hold for the body too. Connections are shared by all
/// clients and live 2 min at most, so that a changed DNS entry is seen; there are no cookies and no proxy.</remarks>
public sealed class GuardedHttp : IntegrationHttp, IDisposable
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(2);

    private readonly AddressGuard _guard;
    private readonly SocketsHttpHandler _connections;
    private readonly int _responseBytesMax;
    private readonly TimeProvider _clock;
    private readonly Random _random;
    private readonly ILogger<GuardedHttp> _log;

    public GuardedHttp(
        IOptions<IntegrationOptions> options, TimeProvider clock, Random random, ILogger<GuardedHttp> log)
    {
        _guard = new AddressGuard(options.Value);
        _responseBytesMax = options.Value.ResponseBytesMax;
        _clock = clock;
        _random = random;
        _log = log;
        _connections = new SocketsHttpHandler
        {
            ConnectCallback = ConnectAsync,
            PooledConnectionLifetime = ConnectionLife,
            AutomaticDecompression = DecompressionMethods.All,
            AllowAutoRedirect = false, // see RedirectHandler
            UseCookies = false,
            UseProxy = false,
        };
    }

    /// <inheritdoc/>
    /// <remarks>Calls fail with a <see cref="RotaException"/>: <c>http.blocked</c> (the guard), <c>http.timeout</c>,
    /// <c>http.too_large</c>; or with the <see cref="HttpRequestException"/> of the network.</remarks>
    public override HttpClient CreateClient(string name, Uri? baseAddress = null, TimeSpan? timeout = null)
    {
        var retries = new RetryHandler(timeout ?? DefaultTimeout, _responseBytesMax, _clock, _random);
        retries.InnerHandler = new RedirectHandler { InnerHandler = _connections };
        var calls = new CallLogHandler(name, _clock, _log) { InnerHandler = retries };
        return new HttpClient(calls, disposeHandler: false)
        {
            BaseAddress = baseAddress,
            Timeout = Timeout.InfiniteTimeSpan, // each try has its own
            MaxResponseContentBufferSize = _responseBytesMax,
        };
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken stop)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        IPAddress[] addresses = IPAddress.TryParse(host, out var address)
            ? [address]
            : await Dns.GetHostAddressesAsync(host, stop);
        var allowed = Array.FindAll(addresses, one => _guard.Allows(host, one));
        if (allowed.Length == 0)
            throw Blocked(host, addresses);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static RotaException Blocked(string host, IPAddress[] addresses) => new("http.blocked",
        $"Calls to {host} ({string.Join(", ", addresses.Take(4).Select(address => address.ToString()))}) are blocked: "
        + "it is no public address.",
        $"If integrations may reach it, add '{host}' to {IntegrationOptions.Section}:"
        + $"{nameof(IntegrationOptions.AllowedHosts)}.");

    public void Dispose() => _connections.Dispose();
}
