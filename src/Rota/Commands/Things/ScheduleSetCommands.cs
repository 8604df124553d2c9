using System.CommandLine;
using System.Text.Json.Nodes;
using Rota.Secrets;

namespace Rota.Commands;

/// <summary><c>rota schedules add</c> and <c>edit</c>.</summary>
internal static class ScheduleSetCommands
{
    /// <summary>What of a schedule a PUT takes back; the rest of what a GET gives is the server's.</summary>
    private static readonly string[] Kept = ["trigger", "kind", "handler_path", "args", "options", "misfire",
        "misfire_grace", "coalesce", "catch_up_window", "max_running", "when_full", "is_paused"];

    public static Command Add(Globals globals) => Create(globals, isNew: true, "Add a schedule");

    public static Command Edit(Globals globals) =>
        Create(globals, isNew: false, "Change a schedule; what is left out stays");

    private static Command Create(Globals globals, bool isNew, string description)
    {
        var form = new ScheduleForm(isNew);
        return globals.Client(isNew ? "add" : "edit", description, async (session, stop) =>
        {
            var name = session.Get(form.Name);
            form.Check(session);
            var path = ScheduleCommands.Path(name);
            var body = form.Fill(session, isNew ? [] : await EditableAsync(session, path, stop));
            return session.Say(await session.Server.PutAsync(path, body, stop),
                $"schedule {name} is {(isNew ? "added" : "changed")}");
        }, [.. form.All]);
    }

    /// <summary>The rule as it stands, to be put again if nobody changed it meanwhile.</summary>
    private static async Task<JsonObject> EditableAsync(Session session, string path, CancellationToken stop)
    {
        var schedule = JsonNode.Parse((await session.Server.GetAsync(path, stop)).Text)!.AsObject();
        var body = Editable(schedule);
        body["if_version"] = schedule["version"]?.DeepClone();
        return body;
    }

    private static JsonObject Editable(JsonObject schedule) => new(schedule
        .Where(field => Kept.Contains(field.Key) && field.Value is not null)
        .Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));
}

/// <summary>The arguments and options of a schedule.</summary>
internal sealed class ScheduleForm
{
    private readonly Option<string?> _kind = new("--kind")
    {
        Description = "The kind of its jobs, such as invoice.send",
    };
    private readonly Option<string?> _handlerPath = new("--handler-path")
    {
        Description = "Instead of a kind: package.module:Class of a plug-in",
    };
    private readonly Argument<string[]> _args = new("args")
    {
        Description = "Arguments of its jobs: a JSON object, @file, key=text, key:=json, key=@file or key:=@file",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly Option<string?> _argsWhole = new("--args")
    {
        Description = "The same as one JSON object or @file",
    };
    private readonly Option<string?> _onConflict = new("--on-conflict")
    {
        Description = "Where there is one of that name: fail, replace or keep (default: fail)",
    };
    private readonly Option<bool> _paused = new("--paused") { Description = "Add it paused" };
    private readonly Option<bool> _removeSecrets = new("--remove-secrets") { Description = "Remove its secrets" };
    private readonly TriggerOptions _trigger = new();
    private readonly RunPolicyOptions _policy = new();
    private readonly ScheduleSecretOptions _secrets = new();
    private readonly JobOptionsOptions _job = new();
    private readonly bool _isNew;

    public ScheduleForm(bool isNew)
    {
        _isNew = isNew;
        _onConflict.AcceptOnlyFromAmong("fail", "replace", "keep");
    }

    public Argument<string> Name { get; } = ScheduleCommands.Name();

    public IEnumerable<Symbol> All =>
    [
        Name, _args, .. _trigger.All, _kind, _handlerPath, _argsWhole, .. _secrets.All, .. _policy.All, .. JobOptions,
        .. _isNew ? (IEnumerable<Symbol>)[_paused, _onConflict] : [_removeSecrets],
    ];

    // A schedule says itself when its jobs run and what they are called.
    private IEnumerable<Symbol> JobOptions => _job.All.Where(option => option.Name is "--queue" or "--priority"
        or "--max-attempts" or "--timeout" or "--tag" or "--repeat" or "--interval");

    /// <summary>What is wrong is told before the server is asked.</summary>
    public void Check(Session session)
    {
        if (_trigger.ToJson(session) is null && _isNew)
            throw Session.Usage("trigger", "The schedule has no trigger.", TriggerOptions.OneKind);
    }

    public JsonObject Fill(Session session, JsonObject schedule)
    {
        if (_trigger.ToJson(session) is { } trigger)
            schedule["trigger"] = trigger;
        if (session.Get(_kind) is { } kind)
            (schedule["kind"], schedule["handler_path"]) = (kind, null);
        if (session.Get(_handlerPath) is { } path)
            (schedule["handler_path"], schedule["kind"]) = (path, null);
        var words = session.Get(_argsWhole) is { } whole ? [whole, .. session.Get(_args)] : session.Get(_args);
        if (words.Length == 0 && schedule["args"]?.ToJsonString().Contains(Redactor.Mark) == true)
        {
            throw Session.Usage("args", "Values among the arguments are masked, so that they cannot be kept.",
                "Give all arguments again; what is secret belongs into --secret.");
        }
        if (words.Length > 0)
            schedule["args"] = ArgsText.Parse(words, session.Terminal);
        _policy.Fill(session, schedule);
        if (_isNew)
            schedule["on_conflict"] = session.Get(_onConflict) ?? "fail";
        if (_isNew && session.Get(_paused))
            schedule["is_paused"] = true;
        if (_job.ToJson(session) is { Count: > 0 } options)
            Merge(schedule, options);
        if (_secrets.Read(session) is { } secrets)
            schedule["secrets"] = secrets;
        else if (!_isNew && session.Get(_removeSecrets))
            schedule["secrets"] = new JsonObject();
        return schedule;
    }

    private static void Merge(JsonObject schedule, JsonObject options)
    {
        var merged = schedule["options"] as JsonObject;
        if (merged is null)
            schedule["options"] = merged = [];
        foreach (var (name, value) in options)
            merged[name] = value?.DeepClone();
    }
}
