using System.CommandLine;

namespace Rota.Commands;

/// <summary><c>rota queues …</c>.</summary>
internal static class QueueCommands
{
    public static Command Create(Globals globals) => Globals.Group("queues", "Look at queues, pause and resume them",
        List(globals), Set(globals, "pause", "Start no more jobs of a queue; running ones go on"),
        Set(globals, "resume", "Start jobs of a paused queue again"));

    private static Command List(Globals globals) => globals.Client("list", "List queues and what waits in them",
        async (session, stop) => session.Print(await session.Server.GetAsync("queues", stop), answer =>
        {
            var grid = new Grid("Queue", "State", "Queued", "Running", "Scheduled", "Retrying", "Blocked", "Oldest");
            foreach (var queue in answer.Items)
            {
                grid.Add(queue.Text("name"), queue.IsTrue("is_paused") ? new Cell("paused", "yellow") : "open",
                    queue.Text("queued"), queue.Text("running"), queue.Text("scheduled"), queue.Text("retrying"),
                    queue.Text("blocked"), Show.Time(session, queue.Instant("oldest_at")));
            }
            grid.Write(session.Terminal, "no queues yet: a queue exists as soon as a job names it");
        }));

    private static Command Set(Globals globals, string verb, string description)
    {
        var name = new Argument<string>("name") { Description = "Name of the queue" };
        return globals.Client(verb, description, async (session, stop) => session.Say(
            await session.Server.PostAsync($"queues/{Uri.EscapeDataString(session.Get(name))}/{verb}", null, stop),
            $"queue {session.Get(name)} is {verb}d"), name);
    }
}
