using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Rota.Supervisor.Config;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Rpc;

/// <summary>A socket cannot be opened; the daemon says so and ends with 2.</summary>
internal sealed class ServerOpenException(string message) : Exception(message);

/// <summary>Opens the socket of a `[unix_http_server]` or `[inet_http_server]`.</summary>
internal static partial class ServerSocket
{
    private const int Backlog = 1024;
    private const int StaleTries = 5;
    private const int StandardError = 2;

    private const string InUse = "Another program is already listening on a port that one of our HTTP servers is "
        + "configured to use.  Shut this program down first before starting supervisord.";

    public static Socket Open(ServerConfig config)
    {
        try
        {
            var socket = config.SocketPath is { } path ? OpenUnix(config, path) : OpenTcp(config);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new ServerOpenException(InUse);
        }
        catch (Exception error) when (error is SocketException or IOException or UnauthorizedAccessException
            or ArgumentException)
        {
            throw new ServerOpenException($"Cannot open an HTTP server: {Where(config)}: {error.Message}");
        }
    }

    public static string Where(ServerConfig config) =>
        config.SocketPath ?? $"{(config.Host.Length == 0 ? "*" : config.Host)}:{config.Port}";

    private static Socket OpenTcp(ServerConfig config)
    {
        var address = config.Host.Length == 0 ? IPAddress.Any : Resolve(config.Host);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        return Bound(socket, new IPEndPoint(address, config.Port!.Value));
    }

    private static IPAddress Resolve(string host)
    {
        if (IPAddress.TryParse(host, out var address))
            return address;
        var found = Dns.GetHostAddresses(host);
        return found.FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork) ?? found[0];
    }

    /// <summary>Made under another name with its mode set, then linked to its place: nobody can connect before, and of
    /// two daemons that start at once one wins. What lies there and takes no connections is left from a
    /// crash.</summary>
    private static Socket OpenUnix(ServerConfig config, string path)
    {
        var temporary = $"{path}.{Environment.ProcessId}";
        File.Delete(temporary);
        var socket = Bound(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
            new UnixDomainSocketEndPoint(temporary));
        try
        {
            File.SetUnixFileMode(temporary, (UnixFileMode)config.SocketMode);
            LinkInto(temporary, path);
            if (config.SocketOwner is { } owner)
                ChangeOwner(path, owner);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void ChangeOwner(string path, UserIds owner)
    {
        if (Identity.ChangeOwner(path, owner.UserId, owner.GroupId) is not 0 and var error)
            throw new ServerOpenException($"Not permitted to chown {path} to {owner.Name}: {Errno.Message(error)}; "
                + $"write a chown that the user {Environment.UserName} may do, or none");
    }

    private static void LinkInto(string temporary, string path)
    {
        for (var tries = 1; Link(temporary, path) != 0; tries++)
        {
            if (IsAlive(path))
                throw new ServerOpenException(InUse);
            if (tries == StaleTries)
                throw new ServerOpenException($"Cannot open an HTTP server: {path}: {LastError()}");
            Descriptors.WriteAll(StandardError, Encoding.UTF8.GetBytes($"Unlinking stale socket {path}\n"));
            File.Delete(path);
        }
    }

    /// <summary>Somebody takes connections there. A daemon that hangs is still one.</summary>
    private static bool IsAlive(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static Socket Bound(Socket socket, EndPoint place)
    {
        try
        {
            socket.Bind(place);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string LastError() => Marshal.GetLastPInvokeErrorMessage();

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);
}
