using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Events;

/// <summary>A process has moved to another state.</summary>
internal sealed record ProcessStateEvent(string Name, string Payload, string Group, string Process, ProcessState From,
    ProcessState To) : SupervisorEvent(Name, Payload)
{
    public static string NameOf(ProcessState state) => $"{EventNames.ProcessState}_{state.Word}";

    /// <summary>Of a process that has just moved.</summary>
    /// <param name="tries">Failed starts in a row.</param>
    public static ProcessStateEvent Of(SupervisedProcess process, string group, ProcessState before, int tries,
        bool isExpected)
    {
        var name = process.Config.Name;
        var more = process.State switch
        {
            ProcessState.Starting or ProcessState.Backoff => $" tries:{tries}",
            ProcessState.Exited => $" expected:{(isExpected ? 1 : 0)} pid:{process.Pid}",
            ProcessState.Running or ProcessState.Stopping or ProcessState.Stopped => $" pid:{process.Pid}",
            _ => "",
        };
        return new(NameOf(process.State), $"processname:{name} groupname:{group} from_state:{before.Word}{more}", group,
            name, before, process.State);
    }
}
