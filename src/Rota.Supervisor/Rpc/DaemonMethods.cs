using Rota.Supervisor.Config;

namespace Rota.Supervisor.Rpc;

/// <summary>Methods about the daemon itself and about groups.</summary>
internal static class DaemonMethods
{
    /// <summary>What supervisorctl asks for before anything else, and wants to be this.</summary>
    public const string ApiVersion = "3.0";

    public static IEnumerable<RpcMethod> Of(Processes.Supervisor supervisor) =>
    [
        new("getAPIVersion", ["string"], 0, "The version of this API.", _ => Done(supervisor.Running, ApiVersion)),
        new("getVersion", ["string"], 0, "The version of this API; an older name of getAPIVersion.",
            _ => Done(supervisor.Running, ApiVersion)),
        new("getSupervisorVersion", ["string"], 0, "The version of supervisor that the daemon is compatible with.",
            _ => Done(supervisor.Running, DaemonOptions.Version)),
        new("getIdentification", ["string"], 0, "The identifier of this daemon.",
            _ => Done(supervisor.Running, supervisor.Config.Daemon.Identifier)),
        new("getState", ["struct"], 0, "The daemon's state: statecode and statename.",
            _ => Done(supervisor.Running, new OrderedDictionary<string, object?>
            {
                ["statecode"] = (int)supervisor.State,
                ["statename"] = supervisor.State.ToString().ToUpperInvariant(),
            })),
        new("getPID", ["int"], 0, "The daemon's process id.", _ => Done(supervisor.Running, Environment.ProcessId)),
        new("shutdown", ["boolean"], 0, "Stops all processes and ends the daemon.",
            _ => DoneAfter(supervisor.Running.ShutdownAsync())),
        new("restart", ["boolean"], 0, "Stops all processes and starts the daemon anew.",
            _ => DoneAfter(supervisor.Running.RestartAsync())),
        new("reloadConfig", ["array"], 0,
            "Reads the configuration again, changes nothing, and says which groups differ: [[added, changed, "
                + "removed]].",
            async _ =>
            {
                var diff = await supervisor.Running.RereadAsync();
                return new object[] { new object[] { diff.Added, diff.Changed, diff.Removed } };
            }),
        new("addProcessGroup", ["boolean", "string"], 1, "Makes a group of the configuration active.",
            call => DoneAfter(supervisor.Running.AddGroupAsync(call.Text(0)))),
        new("removeProcessGroup", ["boolean", "string"], 1, "Removes a group, all of whose processes have stopped.",
            call => DoneAfter(supervisor.Running.RemoveGroupAsync(call.Text(0)))),
        new("sendRemoteCommEvent", ["boolean", "string", "string"], 2,
            "Sends an event to the listeners of REMOTE_COMMUNICATION: its type and its data.",
            call => DoneAfter(supervisor.SendRemoteEventAsync(call.Text(0), call.Text(1)))),
    ];

    public static async Task<object?> DoneAfter(Task work)
    {
        await work;
        return true;
    }

    /// <param name="_">Asked for before, and only for the fault that this may be.</param>
    private static Task<object?> Done(Processes.Supervisor _, object value) => Task.FromResult<object?>(value);
}
