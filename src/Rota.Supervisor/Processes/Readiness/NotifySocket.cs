using System.Net.Sockets;
using Rota.Supervisor.Config;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes.Readiness;

/// <summary>Where a process says that it is ready, by the protocol of sd_notify(3).</summary>
/// <remarks>Each run has a socket of its own, in a folder that only its user may enter: so whoever writes there is the
/// process or one that it started, also when the writer is gone before its words are read. It is read to the end of the
/// run, since a full socket would make the process wait. Lives on the loop thread.</remarks>
internal sealed class NotifySocket
{
    private const int MostAtOnce = 16;

    private readonly EventLoop _loop;
    private readonly Socket _socket;
    private readonly string _path;
    private readonly byte[] _buffer = new byte[4096];

    private NotifySocket(EventLoop loop, Socket socket, string path)
    {
        (_loop, _socket, _path) = (loop, socket, path);
        socket.Blocking = false;
    }

    /// <summary>What the child finds in its environment.</summary>
    public EnvironmentVariable Variable => new("NOTIFY_SOCKET", _path);

    /// <exception cref="LaunchException">It cannot be made.</exception>
    public static NotifySocket Make(UserIds? user, EventLoop loop)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            var folder = Directory.CreateTempSubdirectory("supervisor-notify-").FullName;
            var path = Path.Combine(folder, "socket");
            socket.Bind(new UnixDomainSocketEndPoint(path));
            if (user is not null && user.UserId != Identity.UserId)
                GiveTo(user, folder, path);
            return new(loop, socket, path);
        }
        catch (Exception error) when (error is SocketException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            throw new LaunchException(FaultCode.SpawnError, $"no socket for ready_when=notify: {error.Message}");
        }
    }

    public static NotifySocket Adopt(NotifyHandOver former, EventLoop loop) =>
        new(loop, new(new SafeSocketHandle(former.Descriptor, ownsHandle: true)), former.Path);

    public NotifyHandOver Save() => new((int)_socket.Handle, _path);

    public void Listen(Action onReady) => _loop.Watch((int)_socket.Handle, Epoll.Readable, _ => Read(onReady));

    public void Close()
    {
        _loop.Forget((int)_socket.Handle);
        _socket.Dispose();
        try
        {
            Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody has removed it, or may: it is in the folder for temporary files.
        }
    }

    private static void GiveTo(UserIds user, params ReadOnlySpan<string> paths)
    {
        foreach (var path in paths)
        {
            if (Identity.ChangeOwner(path, user.UserId, user.GroupId) is > 0 and var error)
                throw new IOException(Errno.Message(error));
        }
    }

    private void Read(Action onReady)
    {
        for (var count = 0; count < MostAtOnce; count++)
        {
            var length = _socket.Receive(_buffer, SocketFlags.None, out var error);
            if (error != SocketError.Success)
                return;
            foreach (var line in _buffer.AsSpan(0, length).Split((byte)'\n'))
            {
                if (_buffer.AsSpan(0, length)[line].SequenceEqual("READY=1"u8))
                    onReady();
            }
        }
    }
}

/// <summary>The socket of a run, for the next program.</summary>
internal sealed record NotifyHandOver(int Descriptor, string Path);
