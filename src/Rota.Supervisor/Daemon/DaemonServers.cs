using Rota.Supervisor.Logs;
using Rota.Supervisor.Rpc;

namespace Rota.Supervisor.Daemon;

/// <summary>The sockets of the API and the status page.</summary>
internal sealed class DaemonServers(RpcServers servers) : IAsyncDisposable
{
    /// <exception cref="StartException">One of them cannot be opened.</exception>
    public static DaemonServers Open(Processes.Supervisor supervisor, MainLog log, TimeProvider time)
    {
        try
        {
            return new(RpcServers.Open(supervisor, log.Say, time));
        }
        catch (ServerOpenException error)
        {
            throw new StartException(error.Message);
        }
    }

    public ValueTask DisposeAsync() => servers.DisposeAsync();
}
