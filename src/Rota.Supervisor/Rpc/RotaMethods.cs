using Rota.Supervisor.Config;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Rpc;

/// <summary>The namespace `rota`: methods that supervisord has not, and answers with fault UNKNOWN_METHOD.
/// `system.listMethods` leaves them out, so that its answer is supervisord's; `rota.listMethods` has them.</summary>
internal static class RotaMethods
{
    private const int Limit = 100;

    public static IEnumerable<RpcMethod> Of(Processes.Supervisor supervisor, RpcCalls calls) =>
    [
        new("listMethods", ["array"], 0, "The names of this namespace's methods.",
            _ => Task.FromResult<object?>(calls.OwnNames.ToList())),
        new("getAllProcessFacts", ["array"], 0,
            "For each process name, group and spawns: how often it was started since the daemon's start.",
            async _ => (await supervisor.Running.ListAsync()).Select(facts => new OrderedDictionary<string, object?>
            {
                ["name"] = facts.Name,
                ["group"] = facts.Group,
                ["spawns"] = facts.Spawns,
            }).ToList()),
        new("rollingRestart", ["array", "string"], 1, "Restarts the running processes of a group one after the other, "
            + "each when the one before runs again, and ends with the first that fails.",
            call => ProcessMethods.ResultsAsync(supervisor.Running.RollAsync(call.Text(0)))),
        new("rollingUpdate", ["array", "string"], 1, "Makes true for a group what reloadConfig has read, one process "
            + "after the other: those that differ are replaced, new ones started, then those that are gone stopped. "
            + "Ends with the first that fails. Fault STILL_RUNNING where all of the group has to stop for the change.",
            call => ProcessMethods.ResultsAsync(supervisor.Running.RollUpdateAsync(call.Text(0)))),
        new("stopProcesses", ["array", "array", "boolean"], 1, "Stops the processes of a list of names (NAME, "
            + "GROUP:NAME or GROUP:*), those first that depend on others of them." + ProcessMethods.WaitHelp,
            call => ProcessMethods.ResultsAsync(supervisor.Running.StopEachAsync(call.Texts(0), call.Flag(1)))),
        new("searchLog", ["struct", "string", "string", "string", "struct"], 3,
            "Looks for a regular expression in a process's log (stdout or stderr) and its rotated parts. Options: "
                + "ignoreCase (false), context (0 lines), limit (100, the newest). Result: matches (file, line, text, "
                + "before, after; the oldest first), cut (there may be more), bytes (looked through).",
            call => SearchAsync(supervisor.Running, call)),
    ];

    private static async Task<object?> SearchAsync(Processes.Supervisor supervisor, RpcArguments call)
    {
        var channel = call.Text(1) switch
        {
            "stdout" => OutputChannel.Stdout,
            "stderr" => OutputChannel.Stderr,
            _ => throw new SupervisorFault(FaultCode.BadArguments, "channel is neither stdout nor stderr"),
        };
        var found = await supervisor.SearchLogAsync(call.Text(0), channel, QueryOf(call));
        return new OrderedDictionary<string, object?>
        {
            ["matches"] = found.Matches.Select(match => new OrderedDictionary<string, object?>
            {
                ["file"] = match.File,
                ["line"] = match.Number,
                ["text"] = match.Text,
                ["before"] = match.Before,
                ["after"] = match.After,
            }).ToList(),
            ["cut"] = found.IsCut,
            ["bytes"] = found.BytesRead,
        };
    }

    private static LogQuery QueryOf(RpcArguments call)
    {
        var options = call.Options(3);
        try
        {
            return LogQuery.Of(call.Text(2), options.Flag("ignoreCase"), options.Number("context", 0),
                options.Number("limit", Limit));
        }
        catch (ValueException bad)
        {
            throw new SupervisorFault(FaultCode.BadArguments, $"{bad.Message}; {bad.Write}");
        }
    }
}

/// <summary>The last argument of a method: named values, each of which may be left out.</summary>
internal sealed class RpcOptions(OrderedDictionary<string, object?> values)
{
    public bool Flag(string name) => values.GetValueOrDefault(name) is not (null or false or 0L or "");

    public long Number(string name, long preset) => values.GetValueOrDefault(name) switch
    {
        null => preset,
        long number => number,
        _ => throw new SupervisorFault(FaultCode.IncorrectParameters),
    };
}
