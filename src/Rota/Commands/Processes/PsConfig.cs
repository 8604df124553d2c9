using System.CommandLine;
using System.Text.Json.Nodes;
using Rota.Supervisor.Client;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Rpc;

namespace Rota.Commands;

/// <summary>What the supervisor's file says now, and what runs: <c>rota ps diff</c> and <c>rota ps update</c>.
/// </summary>
internal static class PsConfig
{
    public static Command Diff(Globals globals) => globals.Client("diff",
        "Read the supervisor's file anew and show what an update would change; nothing is changed",
        async (session, _) =>
        {
            var diff = await Supervisord.Of(session).AskAsync(proxy => proxy.RereadAsync());
            return session.Print(new Answer(200, View(diff).ToJsonString()), _ => Draw(session, diff));
        });

    public static Command Update(Globals globals)
    {
        var groups = new Argument<string[]>("groups")
        {
            Description = "Only these groups",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var rolling = new Option<bool>("--rolling")
        {
            Description = "Of a group that changed, one process after the other, where the change lets it",
        };
        return globals.Client("update",
            "Read the file anew: stop what is gone, restart what changed, start what is new",
            async (session, _) =>
            {
                var daemon = Supervisord.Of(session);
                var diff = Only(await daemon.AskAsync(proxy => proxy.RereadAsync()), session.Get(groups));
                List<string> rolled = [];
                foreach (var group in session.Get(rolling) ? diff.Changed : [])
                {
                    if (await IsRolledAsync(session, daemon, group))
                        rolled.Add(group);
                }
                var atOnce = diff.Changed.Except(rolled).ToList();
                foreach (var group in diff.Removed.Concat(atOnce))
                {
                    await daemon.AskAsync(proxy => proxy.ResultsAsync("stopProcessGroup", group), group);
                    await daemon.AskAsync(proxy => proxy.CallAsync("removeProcessGroup", group), group);
                }
                foreach (var group in atOnce.Concat(diff.Added))
                    await daemon.AskAsync(proxy => proxy.CallAsync("addProcessGroup", group), group);
                return session.Print(new Answer(200, View(diff).ToJsonString()), _ => Draw(session, diff));
            }, groups, rolling);
    }

    /// <summary>Updates a group one process after the other, and tells of each.</summary>
    /// <returns>False where all of it has to stop for the change; nothing was done then.</returns>
    /// <exception cref="ConflictException">One did not come up; those after it run on as they were.</exception>
    private static async Task<bool> IsRolledAsync(Session session, Supervisord daemon, string group)
    {
        var (results, whyNot) = await daemon.AskAsync(proxy => RollAsync(proxy, group), group);
        if (whyNot is not null)
            session.Terminal.Error.WriteLine(Clean.Line($"{group}: all at once, since {whyNot}"));
        foreach (var result in results)
        {
            var name = new ProcessName(group, result.Name);
            if (result.Status != FaultCode.Success)
                throw new ConflictException("supervisor.refused", $"The update ended with {name}: {result.Description}",
                    "The processes after it run on as they were. Mend the file, and repeat.");
            if (!session.IsJson)
                session.Terminal.Out.WriteLine(Clean.Line($"{name}: updated"));
        }
        return whyNot is null;
    }

    private static async Task<(List<ProcessResult> Results, string? WhyNot)> RollAsync(ServerProxy proxy, string group)
    {
        try
        {
            return (await proxy.ResultsAsync("rota.rollingUpdate", group), null);
        }
        catch (XmlRpcFault fault) when ((FaultCode)fault.Code == FaultCode.StillRunning)
        {
            return ([], fault.Message[(fault.Message.LastIndexOf(": ", StringComparison.Ordinal) + 2)..]);
        }
    }

    private static ConfigDiff Only(ConfigDiff diff, string[] groups)
    {
        if (groups.Length == 0)
            return diff;
        return new ConfigDiff([.. diff.Added.Intersect(groups)], [.. diff.Changed.Intersect(groups)],
            [.. diff.Removed.Intersect(groups)]);
    }

    private static void Draw(Session session, ConfigDiff diff)
    {
        var grid = new Grid("Group", "Change");
        foreach (var (names, cell) in new[]
        {
            (diff.Added, new Cell("new: starts", "green")), (diff.Changed, new Cell("changed: restarts", "yellow")),
            (diff.Removed, new Cell("gone: stops", "red")),
        })
        {
            foreach (var name in names)
                grid.Add(name, cell);
        }
        grid.Write(session.Terminal, "the file says what runs: nothing changes");
    }

    private static JsonObject View(ConfigDiff diff) => new()
    {
        ["added"] = Names(diff.Added),
        ["changed"] = Names(diff.Changed),
        ["removed"] = Names(diff.Removed),
    };

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(name => (JsonNode)name)]);
}
