using Rota.Supervisor.Config;

namespace Rota.Supervisor.Rpc;

/// <summary>Everything that listens: one HTTP server for each section, all with the same pages.</summary>
internal sealed class RpcServers : IAsyncDisposable
{
    private readonly List<(HttpServer Server, string? SocketPath)> _servers = [];

    /// <param name="log">The daemon's log.</param>
    /// <exception cref="ServerOpenException">A socket cannot be opened; none stays open.</exception>
    public static async Task<RpcServers> OpenAsync(Processes.Supervisor supervisor, Action<LogLevel, string> log,
        TimeProvider time)
    {
        var servers = new RpcServers();
        var config = supervisor.Config;
        var calls = new RpcCalls(supervisor, config.Interfaces, time);
        var pages = new Pages(supervisor, calls, log, time);
        try
        {
            foreach (var server in config.Servers)
            {
                foreach (var name in config.Interfaces)
                    log(LogLevel.Info, $"RPC interface {PythonText.Repr(name)} initialized");
                servers.Open(server, pages, log, time);
            }
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>Closes all connections and takes the unix sockets away.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var (server, path) in _servers)
        {
            await server.DisposeAsync();
            if (path is not null)
                File.Delete(path);
        }
    }

    private void Open(ServerConfig config, Pages pages, Action<LogLevel, string> log, TimeProvider time)
    {
        // A name that is empty is none, as there.
        var auth = string.IsNullOrEmpty(config.Username) ? null : new BasicAuth(config.Username, config.Password!);
        if (auth is null)
            log(LogLevel.Critical, $"Server {PythonText.Repr(config.Section)} running without any HTTP authentication "
                + "checking");
        _servers.Add((new HttpServer(ServerSocket.Open(config), auth, pages.AnswerAsync, log, time), config.SocketPath));
    }
}
