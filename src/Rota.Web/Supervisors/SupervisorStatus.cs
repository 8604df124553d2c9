using Rota.Supervisor.Client;
using Rota.Supervisor.Processes;

namespace Rota.Web.Supervisors;

/// <summary>A supervisor with its processes, as it is shown.</summary>
/// <param name="Url">Where it listens; no user and no password.</param>
/// <param name="Info">The newest that is known; null when it never answered.</param>
/// <param name="SeenAt">When that was.</param>
/// <param name="Away">Why it tells nothing now; null while it does.</param>
/// <param name="Processes">By group and name.</param>
public sealed record SupervisorStatus(string Name, string Url, SupervisorInfo? Info, DateTimeOffset? SeenAt,
    string? Away, IReadOnlyList<ProcessStatus> Processes)
{
    public bool IsAway => Away is not null;
}

/// <summary>A process, as it is shown.</summary>
/// <param name="Restarts">Since its daemon started, or as far as this node saw them.</param>
/// <param name="CpuPercent">Of one processor, of all that it started too; null where that is not known.</param>
/// <param name="MemoryBytes">Resident, the same.</param>
public sealed record ProcessStatus(string Supervisor, ProcessInfo Info, int Restarts, bool IsFlapping,
    double? CpuPercent, long? MemoryBytes)
{
    public ProcessName Name => Info.Name;

    public ProcessState State => Info.State;
}
