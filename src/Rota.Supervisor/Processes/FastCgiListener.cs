using System.Net;
using System.Net.Sockets;
using Rota.Supervisor.Config;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes;

/// <summary>The socket that all processes of a FastCGI group accept from: opened for the first, closed after the last.
/// </summary>
internal sealed class FastCgiListener(FastCgiSocket config, MainLog log)
{
    private const int LargestBacklog = 4096;

    private Socket? _socket;
    private int _holders;

    /// <summary>While it is held.</summary>
    public int Descriptor => (int)_socket!.Handle;

    /// <summary>Null while nobody holds it.</summary>
    public int? Held => _holders > 0 ? Descriptor : null;

    /// <summary>Goes on with a socket that is open already, for so many processes.</summary>
    public void Restore(int descriptor, int holders)
    {
        _socket = Wrap(descriptor);
        _holders = holders;
    }

    /// <exception cref="LaunchException">It cannot be opened; it is not held then.</exception>
    public void Hold()
    {
        if (_holders == 0)
        {
            log.Info($"Creating socket {config.Url}");
            _socket = Open();
        }
        _holders++;
    }

    public void Release()
    {
        if (--_holders > 0)
            return;
        log.Info($"Closing socket {config.Url}");
        _socket?.Dispose();
        _socket = null;
    }

    private static Socket Wrap(int descriptor) => new(new SafeSocketHandle(descriptor, ownsHandle: true));

    private Socket Open()
    {
        var socket = default(Socket);
        try
        {
            socket = config.Url.StartsWith("unix://", StringComparison.Ordinal) ? Unix(config.Url[7..]) : Tcp();
            socket.Listen(config.Backlog ?? LargestBacklog);
            return socket;
        }
        catch (Exception error) when (error is SocketException or IOException or UnauthorizedAccessException)
        {
            socket?.Dispose();
            throw new LaunchException(FaultCode.Failed,
                $"Could not create FastCGI socket {config.Url}: {error.Message}");
        }
    }

    private Socket Unix(string path)
    {
        File.Delete(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        if (config.Owner is { } owner && Identity.ChangeOwner(path, owner.UserId, owner.GroupId) is > 0 and var error)
            throw new IOException($"Could not change ownership of socket file: {Errno.Message(error)}");
        File.SetUnixFileMode(path, (UnixFileMode)config.Mode);
        return socket;
    }

    private Socket Tcp()
    {
        var address = config.Url["tcp://".Length..];
        var colon = address.LastIndexOf(':');
        var hosts = Dns.GetHostAddresses(address[..colon], AddressFamily.InterNetwork);
        var host = hosts.FirstOrDefault() ?? throw new IOException($"{address[..colon]} has no address");
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, 1);
        socket.Bind(new IPEndPoint(host, int.Parse(address[(colon + 1)..])));
        return socket;
    }
}
