namespace Rota.Supervisor.Rpc;

/// <summary>Methods that supervisord does not have, under a name of their own. `system.listMethods` does not list them.
/// </summary>
internal static class OwnMethods
{
    public static IEnumerable<RpcMethod> Of(Processes.Supervisor supervisor) =>
    [
        new("rollingRestart", ["array", "string"], 1, "Restarts the running processes of a group one after the other, "
            + "each when the one before runs again, and ends with the first that fails.",
            call => ProcessMethods.ResultsAsync(supervisor.Running.RollAsync(call.Text(0)))),
    ];
}
