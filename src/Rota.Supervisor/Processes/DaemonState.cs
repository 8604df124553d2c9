namespace Rota.Supervisor.Processes;

/// <summary>What the daemon itself is doing. Below <see cref="Running"/> nothing is started, and calls are refused.
/// </summary>
internal enum DaemonState { Shutdown = -1, Restarting = 0, Running = 1, Fatal = 2 }
