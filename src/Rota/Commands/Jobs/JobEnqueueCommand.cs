using System.CommandLine;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary><c>rota jobs enqueue</c>.</summary>
internal static class JobEnqueueCommand
{
    public static Command Create(Globals globals)
    {
        var kind = new Argument<string>("kind") { Description = "The kind of the job, such as invoice.send" };
        var args = new Argument<string[]>("args")
        {
            Description = "A JSON object, @file, key=text, key:=json, key=@file or key:=@file",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var options = new JobOptionsOptions();
        var wait = new Option<bool>("--wait") { Description = "Wait for its end, as `rota jobs wait` does" };
        return globals.Client("enqueue", "Enqueue a job", async (session, stop) =>
        {
            var body = new JsonObject
            {
                ["kind"] = session.Get(kind),
                ["args"] = ArgsText.Parse(session.Get(args), session.Terminal),
            };
            if (options.ToJson(session) is { Count: > 0 } given)
                body["options"] = given;
            var answer = await session.Server.PostAsync("jobs", body, stop);
            if (!session.Get(wait))
                return session.Say(answer, Told(answer));
            if (!session.IsJson)
                session.Terminal.Error.WriteLine(Told(answer));
            return await JobWaitCommand.WaitAsync(session, answer.Json.Text("id"), stop);
        }, [kind, args, .. options.All, wait]);
    }

    private static string Told(Answer answer) => answer.Json.IsTrue("is_new")
        ? $"job {answer.Json.Text("id")} is enqueued"
        : $"job {answer.Json.Text("id")} already holds the unique key; nothing was enqueued";
}

/// <summary>How a job is to be run, as options of a command.</summary>
internal sealed class JobOptionsOptions
{
    private readonly Option<string?> _queue = new("--queue") { Description = "Queue (default: the kind's own)" };
    private readonly Option<int?> _priority = new("--priority") { Description = "0 to 9, lowest first (default: 5)" };
    private readonly Option<string?> _delay = new("--delay")
    {
        Description = "Not before this has passed, such as 90s or 1h30m",
    };
    private readonly Option<string?> _at = new("--at")
    {
        Description = "Not before this instant, such as 2026-12-24T18:00:00Z",
    };
    private readonly Option<string?> _key = new("--key") { Description = "The job's own name, for key:NAME" };
    private readonly Option<string?> _unique = new("--unique")
    {
        Description = "Enqueue nothing while a job holds this key",
    };
    private readonly Option<int?> _maxAttempts = new("--max-attempts") { Description = "Attempts in all (default: 3)" };
    private readonly Option<string?> _timeout = new("--timeout")
    {
        Description = "Longest run of one attempt (default: 1h)",
    };
    private readonly Option<string[]> _tags = new("--tag") { Description = "A label to find it by; may be repeated" };
    private readonly Option<long[]> _dependsOn = new("--depends-on")
    {
        Description = "A job that must succeed first; may be repeated",
    };

    private readonly Option<string?> _resultInto = new("--result-into")
    {
        Description = "Argument that gets the output of the job it depends on",
        HelpName = "ARGUMENT",
    };
    private readonly Option<int?> _repeat = new("--repeat")
    {
        Description = "How often to run again after it succeeded; with --interval",
        HelpName = "N",
    };
    private readonly Option<string?> _interval = new("--interval")
    {
        Description = "How long until each time, such as 5m or 5m,10m: the last one is used again",
    };

    public IEnumerable<Symbol> All =>
    [
        _queue, _priority, _delay, _at, _key, _unique, _maxAttempts, _timeout, _tags, _dependsOn, _resultInto, _repeat,
        _interval,
    ];

    /// <summary>Only what was given.</summary>
    public JsonObject ToJson(Session session)
    {
        var json = new JsonObject();
        Add("queue", session.Get(_queue));
        Add("priority", session.Get(_priority));
        Add("delay", session.Get(_delay));
        Add("run_at", session.Get(_at));
        Add("key", session.Get(_key));
        Add("unique", session.Get(_unique) is { } key ? new JsonObject { ["key"] = key } : null);
        Add("max_attempts", session.Get(_maxAttempts));
        Add("timeout", session.Get(_timeout));
        Add("tags", List(session.Get(_tags)?.Select(tag => JsonValue.Create(tag))));
        Add("depends_on", List(session.Get(_dependsOn)?.Select(id => JsonValue.Create(id))));
        Add("result_into", session.Get(_resultInto));
        Add("repeat", Repeat(session));
        return json;

        void Add(string name, JsonNode? value)
        {
            if (value is not null)
                json[name] = value;
        }
    }

    private JsonObject? Repeat(Session session) => (session.Get(_repeat), session.Get(_interval)) switch
    {
        (null, null) => null,
        ({ } times, { } intervals) => new JsonObject
        {
            ["times"] = times,
            ["intervals"] = List(intervals.Split(',').Select(interval => JsonValue.Create(interval.Trim()))),
        },
        _ => throw Session.Usage("repeat", "One of --repeat and --interval is missing.",
            "Write both, such as --repeat 3 --interval 5m."),
    };

    private static JsonArray? List(IEnumerable<JsonNode?>? values) =>
        values?.ToArray() is { Length: > 0 } items ? new JsonArray(items) : null;
}
