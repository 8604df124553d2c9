using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Rota.Commands;

/// <summary><c>rota jobs graph</c>: a job with all that came before it and comes after it, drawn.</summary>
internal static class JobGraphCommand
{
    private static readonly int[] UnicodePages = [65001, 1200];

    public static Command Create(Globals globals)
    {
        var id = JobCommands.Id();
        return globals.Client("graph", "Draw what a job waits for, and what waits for it", async (session, stop) =>
        {
            var answer = await session.Server.GetAsync($"{JobCommands.Path(session.Get(id))}/graph", stop);
            return session.Print(answer, _ => Draw(session, answer.Json));
        }, id);
    }

    private static void Draw(Session session, JsonElement graph)
    {
        var jobs = graph.Items("nodes").Select(node => new GraphJob(node.Number("id"), Clean.Line(node.Text("kind")),
            node.Text("state"), Note(session, node)));
        var edges = graph.Items("edges").Select(edge => (edge.Number("from"), edge.Number("to")));
        var more = graph.Items("more").Select(group => new GraphMore(
            group.Text("state"), (int)group.Number("count"), Ids(group, "from"), Ids(group, "to")));
        var lines = new GraphDrawing([.. jobs], [.. edges], [.. more]).Lines();
        var isUnicode = UnicodePages.Contains(session.Terminal.Out.Encoding.CodePage);
        foreach (var line in isUnicode ? lines : lines.Select(line => line.ToAscii()))
            Write(session.Terminal, line);
    }

    private static IReadOnlyList<long> Ids(JsonElement group, string name) =>
        [.. group.Items(name).Select(id => id.GetInt64())];

    private static string Note(Session session, JsonElement node) =>
        node.Find("waits_for") is not null ? $"waits for {Count(node.Number("waits_for"))}"
        : node.Instant("due_at") is { } due ? $"due {Show.Time(session, due)}"
        : Show.Ran(session, node);

    private static string Count(long count) => count == 1 ? "1 job" : $"{count:N0} jobs";

    private static void Write(Terminal terminal, GraphLine line)
    {
        if (terminal.IsRich)
            terminal.Console().MarkupLine(Markup.Escape(line.Before) + Grid.Styled(Show.State(line.State))
                + Markup.Escape(line.After));
        else
            terminal.Out.WriteLine($"{line.Before}{line.State}{line.After}".TrimEnd());
    }
}
