using System.CommandLine;

namespace Rota.Commands;

/// <summary><c>rota nodes …</c>.</summary>
internal static class NodeCommands
{
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(20);

    public static Command Create(Globals globals) =>
        Globals.Group("nodes", "Look at the nodes that work", List(globals));

    private static Command List(Globals globals) => globals.Client("list", "List nodes and what they run",
        async (session, stop) => session.Print(await session.Server.GetAsync("nodes", stop), answer =>
        {
            var grid = new Grid("Node", "State", "Version", "Running", "Queues", "Started", "Seen");
            foreach (var node in answer.Items)
            {
                var seen = node.Instant("seen_at");
                var state = node.IsTrue("is_draining") ? new Cell("draining", "yellow")
                    : session.Terminal.Clock.GetUtcNow() - seen > SilenceMax ? new Cell("silent", "red")
                    : new Cell("working", "green");
                var queues = node.Joined("queues");
                grid.Add(node.Text("name"), state, node.Text("version"),
                    $"{node.Text("running")} of {node.Text("slots")}",
                    queues.Length > 0 ? queues : "all", Show.Time(session, node.Instant("started_at")),
                        Show.Time(session, seen));
            }
            grid.Write(session.Terminal, "no nodes");
        }));
}
