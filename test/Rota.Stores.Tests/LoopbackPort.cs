using System.Net;
using System.Net.Sockets;

namespace Rota;

/// <summary>Ports for servers that tests start, stop and start again.</summary>
internal static class LoopbackPort
{
    private const int First = 20_000;
    private const int Last = 32_000;

    private static int _next = First + Environment.ProcessId * 37 % (Last - First);

    /// <summary>One that nobody listens on, and below those that Linux gives to outgoing connections (32768 and up): so
    /// none of these takes it while its server is away.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = First + Interlocked.Increment(ref _next) % (Last - First);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
            }
        }
    }
}
