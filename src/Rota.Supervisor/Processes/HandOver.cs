using Rota.Supervisor.Config;
using Rota.Supervisor.Events;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes.Readiness;

namespace Rota.Supervisor.Processes;

/// <summary>All that one supervisor hands to the next in the same process, when its program is replaced: plain values
/// and the numbers of open descriptors.</summary>
/// <param name="Running">What runs, which may not be what the file says by now.</param>
/// <param name="Commands">Pids of the commands that run beside processes; null from a version without them.</param>
internal sealed record HandOver(SupervisorConfig Running, long EventSerial, List<GroupHandOver> Groups,
    List<int>? Commands);

/// <param name="Environment">Of `[supervisord]` when the group was made.</param>
/// <param name="Socket">Of FastCGI programs, while one runs.</param>
internal sealed record GroupHandOver(GroupConfig Config, ValueList<EnvironmentVariable> Environment, int? Socket,
    PoolHandOver? Pool, List<ProcessHandOver> Processes);

/// <param name="StdoutLog">Of an AUTO log the path that was made for it.</param>
internal sealed record ProcessHandOver(string Name, ProcessMemory Memory, string StdoutLog, string StderrLog,
    ChildHandOver? Child);

/// <param name="WaitingInput">What its standard input has not taken yet.</param>
/// <param name="Stdout">Null when the pipe has ended.</param>
/// <param name="Notify">Where it says that it is ready.</param>
/// <param name="IsForeign">It is a daemon's before this one: not our child, so its exit code is not for us.</param>
internal sealed record ChildHandOver(int Pid, int? Stdin, byte[] WaitingInput, PipeHandOver? Stdout,
    PipeHandOver? Stderr, TalkHandOver? Talk, NotifyHandOver? Notify, bool IsForeign = false)
{
    public Spawner.Child Ends => new(Pid, Stdin, Stdout?.Descriptor ?? -1, Stderr?.Descriptor);
}
