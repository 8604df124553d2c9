using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary><c>rota events</c> and <c>rota webhooks …</c>.</summary>
internal static class EventCommands
{
    public static Command Events(Globals globals)
    {
        var follow = new Option<bool>("--follow", "-f") { Description = "Print events as they come" };
        var type = new Option<string?>("--type")
        {
            Description = "Only these, with commas between, such as job.failed,occurrence.missed",
        };
        var source = new Option<string?>("--source") { Description = "Only of this schedule, node or kind of job" };
        var limit = new Option<int>("--limit", "-n") { Description = "How many", DefaultValueFactory = _ => 20 };
        return globals.Client("events", "Show what happened lately, or as it happens", (session, stop) =>
        {
            var query = new Query([]).Add("type", session.Get(type)).Add("source", session.Get(source));
            return session.Get(follow)
                ? FollowAsync(session, query.Add("follow", "true"), stop)
                : PrintAsync(session, query.Add("limit", session.Get(limit)), stop);
        }, follow, type, source, limit);
    }

    private static async Task<int> PrintAsync(Session session, Query query, CancellationToken stop)
    {
        var answer = await session.Server.GetAsync($"events{query}", stop);
        return session.Print(answer, _ =>
        {
            foreach (var one in answer.Items.Reverse())
                Write(session, one);
            if (!answer.Items.Any())
                session.Terminal.Out.WriteLine("no events yet");
        });
    }

    private static async Task<int> FollowAsync(Session session, Query query, CancellationToken stop)
    {
        try
        {
            await foreach (var item in session.Server.EventsAsync($"events{query}", stop))
                session.Print(new Answer(200, item.Data), one => Write(session, one.Json));
            session.Terminal.Error.WriteLine("the server ended the stream");
            return ExitCode.NoServer;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
    }

    private static void Write(Session session, JsonElement one)
    {
        var about = new[]
        {
            one.TextOrNull("count") is { } count ? $"{count} times" : null,
            one.Instant("due_at") is { } due ? $"due {Clock(session, due)}" : null,
            one.TextOrNull("job_id") is { } job ? $"job {job}" : null,
            one.TextOrNull("actor") is { } actor ? $"by {actor}" : null,
            one.TextOrNull("text"),
        };
        var facts = string.Join(", ", about.Where(part => part is not null));
        session.Terminal.Out.WriteLine($"{Clock(session, one.Instant("at"))}  {one.Text("type"),-22} "
            + Clean.Line($"{one.Text("source")}  {facts}").TrimEnd());
    }

    private static string? Clock(Session session, DateTimeOffset? at) => session.IsUtc
        ? at?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'")
        : at?.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss");

    public static Command Webhooks(Globals globals) => Globals.Group("webhooks", "Send events elsewhere",
        List(globals), Add(globals), Act(globals, "test", "Send the newest event there, as a job"), Remove(globals));

    private static Argument<string> Name() => new("name") { Description = "Name of the webhook" };

    private static string Path(string name) => $"webhooks/{Uri.EscapeDataString(name)}";

    private static Command List(Globals globals) => globals.Client("list", "List webhooks",
        async (session, stop) => session.Print(await session.Server.GetAsync("webhooks", stop), answer =>
        {
            var grid = new Grid("Name", "Address", "Events", "Signed with");
            foreach (var one in answer.Items)
            {
                var types = string.Join(", ", one.Items("types").Select(type => type.GetString()));
                grid.Add(one.Text("name"), one.Text("url"), types.Length == 0 ? "all" : types, one.Text("secret"));
            }
            grid.Write(session.Terminal, "no webhooks; add one: rota webhooks add --help");
        }));

    private static Command Add(Globals globals)
    {
        var name = Name();
        var url = new Argument<string>("url")
        {
            Description = "Address that events are posted to; secrets in it as {{secret:NAME}}",
        };
        var type = new Option<string[]>("--type")
        {
            Description = "Such as job.failed; may be repeated (default: all)",
        };
        var secret = new Option<string?>("--secret")
        {
            Description = "Name of the secret that signs what is sent (default: no signature)",
        };
        var header = new Option<string[]>("--header")
        {
            Description = "\"Name: value\", secrets in it as {{secret:NAME}}; may be repeated",
        };
        return globals.Client("add", "Add a webhook or replace it", async (session, stop) =>
        {
            var body = new JsonObject
            {
                ["url"] = session.Get(url),
                ["types"] = new JsonArray([.. (session.Get(type) ?? []).Select(one => JsonValue.Create(one))]),
                ["secret"] = session.Get(secret),
                ["headers"] = ToHeaders(session.Get(header) ?? []),
            };
            return session.Say(await session.Server.PutAsync(Path(session.Get(name)), body, stop),
                $"events are sent to {session.Get(url)}");
        }, name, url, type, secret, header);
    }

    private static JsonObject ToHeaders(IEnumerable<string> texts)
    {
        var headers = new JsonObject();
        foreach (var text in texts)
        {
            var at = text.IndexOf(':');
            if (at < 1 || headers.ContainsKey(text[..at].Trim()))
                throw Session.Usage("--header", $"'{text}' is no header, or is there twice.", "Write 'Name: value'.");
            headers.Add(text[..at].Trim(), text[(at + 1)..].Trim());
        }
        return headers;
    }

    private static Command Act(Globals globals, string verb, string description)
    {
        var name = Name();
        return globals.Client(verb, description, async (session, stop) =>
        {
            var answer = await session.Server.PostAsync($"{Path(session.Get(name))}/{verb}", null, stop);
            return session.Say(answer, $"job {answer.Json.Text("id")} sends it; see: rota jobs wait "
                + answer.Json.Text("id"));
        }, name);
    }

    private static Command Remove(Globals globals)
    {
        var name = Name();
        return globals.Client("remove", "Send there no more", async (session, stop) => session.Say(
            await session.Server.DeleteAsync(Path(session.Get(name)), stop),
            $"webhook {session.Get(name)} is removed"), name);
    }
}
