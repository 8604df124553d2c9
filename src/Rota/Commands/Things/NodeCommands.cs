using System.CommandLine;
using System.Text.Json;

namespace Rota.Commands;

/// <summary><c>rota nodes …</c>.</summary>
internal static class NodeCommands
{
    public static Command Create(Globals globals) =>
        Globals.Group("nodes", "Look at the nodes that work, drain and resume them", List(globals),
            Set(globals, "drain", "Take no more jobs; running ones go on", "takes no more jobs"),
            Set(globals, "resume", "Take jobs again", "takes jobs again"));

    private static Command List(Globals globals) => globals.Client("list", "List nodes and what they run",
        async (session, stop) => session.Print(await session.Server.GetAsync("nodes", stop), answer =>
        {
            var grid = new Grid("Node", "State", "Version", "Running", "Queues", "Process", "Started", "Seen",
                "Clock");
            foreach (var node in answer.Items)
            {
                var state = node.IsTrue("is_stopping") ? new Cell("stopping", "yellow")
                    : node.IsTrue("is_silent") ? new Cell("silent", "red")
                    : !node.IsTrue("is_drained") ? new Cell("working", "green")
                    : new Cell(node.Number("running") > 0 ? "draining" : "drained", "yellow");
                var queues = node.Joined("queues");
                grid.Add(node.Text("name"), state, node.Text("version"),
                    $"{node.Text("running")} of {node.Text("slots")}",
                    queues.Length > 0 ? queues : "all", $"{node.Text("pid")} on {node.Text("host")}",
                    Show.Time(session, node.Instant("started_at")), Ago(node), Clock(node));
            }
            grid.Write(session.Terminal, "no nodes");
        }));

    private static Command Set(Globals globals, string verb, string description, string done)
    {
        var name = new Argument<string>("name") { Description = "Name of the node" };
        return globals.Client(verb, description, async (session, stop) => session.Say(
            await session.Server.PostAsync($"nodes/{Uri.EscapeDataString(session.Get(name))}/{verb}", null, stop),
            $"node {session.Get(name)} {done}"), name);
    }

    // By the server's clock, not by the one of this machine, which may be wrong.
    private static string Ago(JsonElement node) =>
        $"{Show.Short(TimeSpan.FromMilliseconds(node.Number("lag_ms")))} ago";

    /// <summary>How far the node's clock is off; empty where there is no other clock.</summary>
    private static string Clock(JsonElement node) => node.Find("clock_offset_ms") is null ? ""
        : node.Number("clock_offset_ms") is var offset && offset < 0
            ? $"-{Show.Short(TimeSpan.FromMilliseconds(-offset))}"
            : $"+{Show.Short(TimeSpan.FromMilliseconds(offset))}";
}
