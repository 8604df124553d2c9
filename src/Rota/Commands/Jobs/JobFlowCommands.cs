using System.CommandLine;

namespace Rota.Commands;

/// <summary><c>rota jobs chain</c> and <c>rota jobs batch</c>: many jobs from one file, in one commit.</summary>
internal static class JobFlowCommands
{
    public static Command Chain(Globals globals)
    {
        var file = FileOf("""{"steps": [{"kind", "args", "options"}, …]}""");
        return globals.Client("chain", "Enqueue jobs of which each waits for the one before", async (session, stop) =>
        {
            var answer = await session.Server.PostAsync(
                "jobs/chain", ArgsText.ParseFile(session.Get(file), session.Terminal), stop);
            return session.Say(answer, $"enqueued as {answer.Json.Joined("ids")}");
        }, file);
    }

    public static Command Batch(Globals globals)
    {
        var file = FileOf("""{"jobs": […], "on_success", "on_complete", "options"}""");
        var wait = new Option<bool>("--wait") { Description = "Wait for the end of all, as `rota jobs wait` does" };
        return globals.Client("batch", "Enqueue jobs side by side, with one that stands for all",
            async (session, stop) =>
        {
            var answer = await session.Server.PostAsync(
                "jobs/batch", ArgsText.ParseFile(session.Get(file), session.Terminal), stop);
            var told = $"batch {answer.Json.Text("id")} of {answer.Json.Items("jobs").Count():N0} jobs is enqueued";
            if (!session.Get(wait))
                return session.Say(answer, told);
            if (!session.IsJson)
                session.Terminal.Error.WriteLine(told);
            return await JobWaitCommand.WaitAsync(session, answer.Json.Text("id"), stop);
        }, file, wait);
    }

    private static Argument<string> FileOf(string shape) => new("file")
    {
        Description = $"A file with {shape}; - for standard input",
    };
}
