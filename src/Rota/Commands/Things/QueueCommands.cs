using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary><c>rota queues …</c>.</summary>
internal static class QueueCommands
{
    public static Command Create(Globals globals) => Globals.Group("queues",
        "Look at queues, pause, resume and limit them", List(globals),
        Set(globals, "pause", "Start no more jobs of a queue; running ones go on"),
        Set(globals, "resume", "Start jobs of a paused queue again"), Limit(globals));

    private static Command List(Globals globals) => globals.Client("list", "List queues and what waits in them",
        async (session, stop) => session.Print(await session.Server.GetAsync("queues", stop), answer =>
        {
            var grid = new Grid(
                "Queue", "State", "Queued", "Running", "At most", "Scheduled", "Retrying", "Blocked", "Oldest");
            foreach (var queue in answer.Items)
            {
                grid.Add(queue.Text("name"), queue.IsTrue("is_paused") ? new Cell("paused", "yellow") : "open",
                    queue.Text("queued"), queue.Text("running"), queue.TextOrNull("max_running") ?? "",
                    queue.Text("scheduled"), queue.Text("retrying"), queue.Text("blocked"),
                    Show.Time(session, queue.Instant("oldest_at")));
            }
            grid.Write(session.Terminal, "no queues yet: a queue exists as soon as a job names it");
        }));

    private static Command Limit(Globals globals)
    {
        var name = new Argument<string>("name") { Description = "Name of the queue" };
        var max = new Argument<string>("max") { Description = "How many run at once, such as 5, or none for no limit" };
        return globals.Client("limit", "Run at most so many jobs of a queue at once, on all nodes together",
            async (session, stop) =>
            {
                var isLifted = session.Get(max) == "none";
                if (!int.TryParse(session.Get(max), CultureInfo.InvariantCulture, out var number) && !isLifted)
                {
                    throw new InvalidFieldException("max", $"max is {session.Get(max)}.",
                        "Write a whole number, such as 5, or none for no limit.");
                }
                var answer = await session.Server.PutAsync($"queues/{Uri.EscapeDataString(session.Get(name))}/limit",
                    new JsonObject { ["max_running"] = isLifted ? null : number }, stop);
                return session.Say(answer, isLifted ? $"queue {session.Get(name)} has no limit"
                    : $"queue {session.Get(name)} runs at most {number} at once");
            }, name, max);
    }

    private static Command Set(Globals globals, string verb, string description)
    {
        var name = new Argument<string>("name") { Description = "Name of the queue" };
        return globals.Client(verb, description, async (session, stop) => session.Say(
            await session.Server.PostAsync($"queues/{Uri.EscapeDataString(session.Get(name))}/{verb}", null, stop),
            $"queue {session.Get(name)} is {verb}d"), name);
    }
}
