using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Rota.Commands;

/// <summary><c>rota jobs …</c>: the group, and the commands that only look.</summary>
internal static class JobCommands
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Create(Globals globals) => Globals.Group("jobs", "Look at jobs, enqueue, cancel, retry, wait",
        List(globals), ShowOne(globals), JobEnqueueCommand.Create(globals), JobFlowCommands.Chain(globals),
        JobFlowCommands.Batch(globals), JobGraphCommand.Create(globals), JobActionCommands.Cancel(globals),
        JobActionCommands.Retry(globals), JobLogsCommand.Create(globals), JobWaitCommand.Create(globals));

    public static Argument<string> Id() => new("id") { Description = "The job's number, or key:NAME" };

    public static string Path(string id) => $"jobs/{Uri.EscapeDataString(id)}";

    private static Command List(Globals globals)
    {
        var filter = new JobFilterOptions();
        var limit = new Option<int>("--limit") { Description = "How many, 1 to 1,000", DefaultValueFactory = _ => 50 };
        var before = new Option<string?>("--before") { Description = "Only jobs before this one: the next page" };
        return globals.Client("list", "List jobs, newest first", async (session, stop) =>
        {
            var page = await ListAsync(session, filter, session.Get(limit), session.Get(before), stop);
            return session.Print(page, answer => ShowList(session, answer));
        }, [.. filter.All, limit, before]);
    }

    /// <summary>A page. A search answers with what it found in a moment: it is asked to go on until the page is full.
    /// </summary>
    private static async Task<Answer> ListAsync(
        Session session, JobFilterOptions filter, int limit, string? before, CancellationToken stop)
    {
        var (items, first) = (new List<string>(), 0.0);
        var progress = new ProgressLine(session.Terminal);
        while (true)
        {
            var query = new Query(filter.Values(session)).Add("limit", limit - items.Count).Add("before", before);
            var answer = await session.Server.GetAsync($"jobs{query}", stop);
            before = answer.Json.TextOrNull("next");
            if (items.Count == 0 && (before is null || answer.Items.Any()))
                return answer;
            items.AddRange(answer.Items.Select(item => item.GetRawText()));
            if (before is null || items.Count >= limit)
            {
                progress.End();
                var next = JsonSerializer.Serialize(before);
                return answer with { Text = $$"""{"items":[{{string.Join(',', items)}}],"next":{{next}}}""" };
            }
            var left = double.Parse(before, CultureInfo.InvariantCulture);
            first = Math.Max(first, left);
            progress.Show("searching", $"back to job {before}", first - left, first);
        }
    }

    private static void ShowList(Session session, Answer answer)
    {
        var grid = new Grid("Id", "Kind", "Queue", "State", "Attempt", "Created", "Ran", "Note");
        foreach (var job in answer.Items)
        {
            grid.Add(job.Text("id"), job.Text("kind"), job.Text("queue"), Show.State(job.Text("state")),
                $"{job.Number("attempt")}/{job.Number("max_attempts")}", Show.Time(session, job.Instant("created_at")),
                Show.Ran(session, job), Note(session, job));
        }
        grid.Write(session.Terminal, "no jobs");
        if (answer.Json.TextOrNull("next") is { } next)
            session.Terminal.Error.WriteLine($"there are more: add --before {next}");
    }

    private static string Note(Session session, JsonElement job)
    {
        if (job.TextOrNull("error") is { } error)
            return error.Length <= 80 ? error : error[..79] + "…";
        if (job.Instant("due_at") is { } due)
            return $"due {Show.Time(session, due)}";
        return job.Find("progress") is { } progress ? ProgressLine.Text(progress) : "";
    }

    private static Command ShowOne(Globals globals)
    {
        var id = Id();
        return globals.Client("show", "Show one job, and why it waits", async (session, stop) =>
        {
            var answer = await session.Server.GetAsync(Path(session.Get(id)), stop);
            var attempts = session.IsJson ? null
                : await session.Server.GetAsync($"jobs/{answer.Json.Text("id")}/attempts", stop);
            return session.Print(answer, _ => ShowJob(session, answer.Json, attempts!));
        }, id);
    }

    private static void ShowJob(Session session, JsonElement job, Answer attempts)
    {
        Show.Facts(session, [
            ("job", job.Text("id")), ("kind", job.Text("kind")), ("state", Show.State(job.Text("state"))),
            ("why", job.Text("why")), ("queue", job.Text("queue")), ("priority", job.Text("priority")),
            ("attempt", $"{job.Number("attempt")} of {job.Number("max_attempts")}"), ("key", job.Text("key")),
            ("schedule", job.Text("schedule")), ("retry of", job.Text("retry_of")), ("tags", job.Joined("tags")),
            ("depends on", job.Joined("depends_on")), ("result into", job.Text("result_into")),
            ("repeats left", job.Text("repeats_left")), ("node", job.Text("node")),
            ("created", Show.Time(session, job.Instant("created_at"))),
            ("due", Show.Time(session, job.Instant("due_at"))),
            ("started", Show.Time(session, job.Instant("started_at"))),
            ("ended", Show.Time(session, job.Instant("ended_at"))), ("ran", Show.Ran(session, job)),
            ("progress", job.Find("progress") is { } progress ? ProgressLine.Text(progress) : ""),
            ("reason", job.Text("reason")), ("error", new Cell(job.Text("error"), "red")),
            ("metadata", Pretty(job, "metadata")), ("args", Pretty(job, "args")), ("output", Pretty(job, "output")),
        ]);
        var grid = new Grid("Attempt", "Node", "Started", "Ran", "Outcome", "Error");
        foreach (var attempt in attempts.Items)
        {
            grid.Add(attempt.Text("number"), attempt.Text("node"), Show.Time(session, attempt.Instant("started_at")),
                Show.Ran(session, attempt), Show.State(attempt.Text("outcome")),
                attempt.Find("error")?.TextOrNull("message") ?? "");
        }
        if (grid.Count > 0)
        {
            session.Terminal.Out.WriteLine();
            grid.Write(session.Terminal, "");
        }
    }

    public static string Pretty(JsonElement json, string name) =>
        json.Find(name) is { } value ? JsonSerializer.Serialize(value, Indented) : "";
}
