using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Rpc;

/// <summary>Methods that start, stop and signal. A name is `process`, `group:process` or `group:*`.</summary>
internal static class ProcessMethods
{
    public const string WaitHelp = " With wait, which is the default, answers when that is done.";

    public static IEnumerable<RpcMethod> Of(Processes.Supervisor supervisor) =>
    [
        new("startProcess", ["boolean", "string", "boolean"], 1, "Starts a process." + WaitHelp,
            call => OneOrGroupAsync(call.Text(0), name => supervisor.Running.StartAsync(name, call.Flag(1)),
                group => supervisor.Running.StartGroupAsync(group, call.Flag(1)))),
        new("startProcessGroup", ["array", "string", "boolean"], 1, "Starts the processes of a group." + WaitHelp,
            call => ResultsAsync(supervisor.Running.StartGroupAsync(call.Text(0), call.Flag(1)))),
        new("startAllProcesses", ["array", "boolean"], 0, "Starts all processes." + WaitHelp,
            call => ResultsAsync(supervisor.Running.StartAllAsync(call.Flag(0)))),
        new("stopProcess", ["boolean", "string", "boolean"], 1, "Stops a process." + WaitHelp,
            call => OneOrGroupAsync(call.Text(0), name => supervisor.Running.StopAsync(name, call.Flag(1)),
                group => supervisor.Running.StopGroupAsync(group, call.Flag(1)))),
        new("stopProcessGroup", ["array", "string", "boolean"], 1, "Stops the processes of a group." + WaitHelp,
            call => ResultsAsync(supervisor.Running.StopGroupAsync(call.Text(0), call.Flag(1)))),
        new("stopAllProcesses", ["array", "boolean"], 0, "Stops all processes." + WaitHelp,
            call => ResultsAsync(supervisor.Running.StopAllAsync(call.Flag(0)))),
        new("signalProcess", ["boolean", "string", "string"], 2, "Sends a signal, by name or number, to a process.",
            call => OneOrGroupAsync(call.Text(0), name => supervisor.Running.SignalAsync(name, call.TextOrNumber(1)),
                group => supervisor.Running.SignalGroupAsync(group, call.TextOrNumber(1)))),
        new("signalProcessGroup", ["array", "string", "string"], 2, "Sends a signal to the processes of a group.",
            call => ResultsAsync(supervisor.Running.SignalGroupAsync(call.Text(0), call.TextOrNumber(1)))),
        new("signalAllProcesses", ["array", "string"], 1, "Sends a signal to all processes.",
            call => ResultsAsync(supervisor.Running.SignalAllAsync(call.TextOrNumber(0)))),
        new("sendProcessStdin", ["boolean", "string", "string"], 2, "Writes to the standard input of a process.",
            call => DaemonMethods.DoneAfter(supervisor.Running.SendStdinAsync(call.Text(0), call.Bytes(1)))),
    ];

    public static async Task<object?> ResultsAsync(Task<IReadOnlyList<ProcessResult>> work) =>
        (await work).Select(result => new OrderedDictionary<string, object?>
        {
            ["name"] = result.Name,
            ["group"] = result.Group,
            ["status"] = (int)result.Status,
            ["description"] = result.Description,
        }).ToList();

    private static async Task<object?> OneOrGroupAsync(string name, Func<string, Task> one,
        Func<string, Task<IReadOnlyList<ProcessResult>>> group)
    {
        if (ProcessName.Parse(name) is not { Process: null } all)
            return await DaemonMethods.DoneAfter(one(name));
        try
        {
            return await ResultsAsync(group(all.Group));
        }
        catch (SupervisorFault fault) when (fault.Code == FaultCode.BadName)
        {
            throw new SupervisorFault(FaultCode.BadName, name);
        }
    }
}
