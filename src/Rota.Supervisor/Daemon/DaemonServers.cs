using Rota.Supervisor.Logs;

namespace Rota.Supervisor.Daemon;

/// <summary>The sockets of the API and the status page.</summary>
internal sealed class DaemonServers : IAsyncDisposable
{
    /// <exception cref="StartException">One of them cannot be opened.</exception>
    public static DaemonServers Open(Processes.Supervisor supervisor, MainLog log, TimeProvider time) => new();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
