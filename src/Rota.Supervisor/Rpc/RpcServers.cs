using System.Net.Sockets;
using Rota.Supervisor.Config;

namespace Rota.Supervisor.Rpc;

/// <summary>Everything that listens: one HTTP server for each section, all with the same pages.</summary>
internal sealed class RpcServers : IAsyncDisposable
{
    private readonly List<(HttpServer Server, string? SocketPath)> _servers = [];

    /// <param name="log">The daemon's log.</param>
    /// <exception cref="ServerOpenException">A socket cannot be opened; none stays open.</exception>
    public static RpcServers Open(Processes.Supervisor supervisor, Action<LogLevel, string> log, TimeProvider time)
    {
        var config = supervisor.Config;
        var sockets = OpenAll(config);
        var pages = new Pages(supervisor, new RpcCalls(supervisor, config.Interfaces, time), log, time);
        var servers = new RpcServers();
        foreach (var (server, socket) in config.Servers.Zip(sockets))
        {
            foreach (var name in config.Interfaces)
                log(LogLevel.Info, $"RPC interface {PythonText.Repr(name)} initialized");
            servers._servers.Add((new HttpServer(socket, Auth(server, log), AnswerOf(server, pages, log), log, time),
                server.SocketPath));
        }
        return servers;
    }

    /// <summary>Closes all connections and takes the unix sockets away.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var (server, path) in _servers)
        {
            if (path is not null)
                File.Delete(path);
            await server.DisposeAsync();
        }
    }

    private static List<Socket> OpenAll(SupervisorConfig config)
    {
        var sockets = new List<Socket>();
        try
        {
            foreach (var server in config.Servers)
                sockets.Add(ServerSocket.Open(server));
            return sockets;
        }
        catch
        {
            foreach (var (socket, server) in sockets.Zip(config.Servers))
            {
                socket.Dispose();
                if (server.SocketPath is { } path)
                    File.Delete(path);
            }
            throw;
        }
    }

    /// <summary>The pages; of a port without a password only for those who call it by its name.</summary>
    private static Func<HttpRequest, HttpResponder, CancellationToken, Task> AnswerOf(ServerConfig server, Pages pages,
        Action<LogLevel, string> log)
    {
        if (server.SocketPath is not null || !string.IsNullOrEmpty(server.Username))
            return pages.AnswerAsync;
        var names = new HostNames(server);
        var isTold = 0;
        return (request, responder, stop) =>
        {
            if (names.Allows(request.Header("Host")))
                return pages.AnswerAsync(request, responder, stop);
            if (Interlocked.Exchange(ref isTold, 1) == 0)
            {
                log(LogLevel.Warn, $"refused a request to the host {PythonText.Repr(request.Header("Host")!)}: "
                    + $"if that is this server, write it as allowed_hosts= in [{server.Section}]");
            }
            throw new HttpException(403);
        };
    }

    /// <summary>A name that is empty is none, as in supervisord.</summary>
    private static BasicAuth? Auth(ServerConfig config, Action<LogLevel, string> log)
    {
        if (!string.IsNullOrEmpty(config.Username))
            return new BasicAuth(config.Username, config.Password!);
        log(LogLevel.Critical,
            $"Server {PythonText.Repr(config.Section)} running without any HTTP authentication checking");
        return null;
    }
}
