using System.CommandLine;
using System.Text.Json.Nodes;
using Rota.Supervisor.Processes;

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
        return globals.Client("update",
            "Read the file anew: stop what is gone, restart what changed, start what is new",
            async (session, _) =>
            {
                var daemon = Supervisord.Of(session);
                var diff = Only(await daemon.AskAsync(proxy => proxy.RereadAsync()), session.Get(groups));
                foreach (var group in diff.Removed.Concat(diff.Changed))
                {
                    await daemon.AskAsync(proxy => proxy.ResultsAsync("stopProcessGroup", group), group);
                    await daemon.AskAsync(proxy => proxy.CallAsync("removeProcessGroup", group), group);
                }
                foreach (var group in diff.Changed.Concat(diff.Added))
                    await daemon.AskAsync(proxy => proxy.CallAsync("addProcessGroup", group), group);
                return session.Print(new Answer(200, View(diff).ToJsonString()), _ => Draw(session, diff));
            }, groups);
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
