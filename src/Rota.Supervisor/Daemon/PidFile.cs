using Rota.Supervisor.Logs;

namespace Rota.Supervisor.Daemon;

/// <summary>Where others find our pid, as long as we live.</summary>
internal sealed class PidFile : IDisposable
{
    private readonly string? _path;

    public PidFile(string path, MainLog log)
    {
        try
        {
            File.WriteAllText(path, $"{Environment.ProcessId}\n");
            _path = path;
            log.Info($"supervisord started with pid {Environment.ProcessId}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            log.Critical($"could not write pidfile {path}");
        }
    }

    public void Dispose()
    {
        try
        {
            if (_path is not null)
                File.Delete(_path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It names a process that is about to be gone; the next start writes over it.
        }
    }
}
