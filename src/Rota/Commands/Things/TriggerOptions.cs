using System.CommandLine;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary>When a schedule is due, as options: exactly one of --cron, --every and --once.</summary>
internal sealed class TriggerOptions
{
    private readonly Option<string?> _cron = new("--cron") { Description = "A cron expression, such as '0 9 * * 1-5'" };
    private readonly Option<string?> _zone = new("--zone") { Description = "Time zone of --cron (default: UTC)" };
    private readonly Option<string?> _dialect = new("--dialect")
    {
        Description = "How --cron is written: unix, quartz or apscheduler (default: unix)",
    };
    private readonly Option<string?> _gap = new("--gap")
    {
        Description = "What becomes of a local time that the clock skips: run or skip (default: run)",
    };
    private readonly Option<string?> _every = new("--every") { Description = "An interval, such as 15m" };
    private readonly Option<string?> _anchor = new("--anchor")
    {
        Description = "When --every counts from (default: now)",
    };
    private readonly Option<string?> _once = new("--once",
        "--at")
    { Description = "One instant, such as 2026-12-24T18:00:00Z" };

    public IEnumerable<Symbol> All => [_cron, _zone, _dialect, _gap, _every, _anchor, _once];

    /// <returns>Null when none is given.</returns>
    public JsonObject? ToJson(Session session)
    {
        var trigger = new JsonObject();
        var kinds = 0;
        foreach (var option in new[] { _cron, _every, _once, _zone, _anchor, _dialect, _gap })
        {
            if (session.Get(option) is not { } text)
                continue;
            trigger[option.Name[2..]] = text;
            kinds += option == _cron || option == _every || option == _once ? 1 : 0;
        }
        if (trigger.Count > 0 && kinds != 1)
            throw Session.Usage("trigger", "A schedule has one trigger.", "Give one of --cron, --every and --once.");
        return trigger.Count > 0 ? trigger : null;
    }
}

/// <summary>A schedule's own secrets as options; their values are asked for, or come from a variable or a
/// file.</summary>
internal sealed class ScheduleSecretOptions
{
    private readonly Option<string[]> _names = new("--secret")
    {
        Description = "Ask for the value of this secret of the schedule (not in a terminal: one line of standard "
            + "input); may be repeated",
        HelpName = "NAME",
    };
    private readonly Option<string[]> _variables = new("--secret-from-env")
    {
        Description = "NAME=VARIABLE: a secret from a variable; may be repeated",
    };
    private readonly Option<string?> _file = new("--secrets-from-file")
    {
        Description = "A file with a JSON object of texts",
    };

    public IEnumerable<Symbol> All => [_names, _variables, _file];

    /// <returns>Null when none is given, which leaves them unchanged.</returns>
    public JsonObject? Read(Session session)
    {
        var secrets = session.Get(_file) is { } path
            ? ArgsText.Parse([HiddenValue.OfFile(session, path)], session.Terminal) : [];
        foreach (var pair in session.Get(_variables) ?? [])
        {
            var parts = pair.Split('=', 2);
            if (parts.Length != 2 || session.Terminal.Variable(parts[1]) is not { } value)
                throw Session.Usage(_variables.Name, $"'{parts[^1]}' is no variable that is set.",
                    "Write NAME=VARIABLE.");
            secrets[parts[0]] = value;
        }
        foreach (var name in session.Get(_names) ?? [])
            secrets[name] = session.Terminal.CanAsk ? HiddenValue.Ask(session.Terminal, name)
                : session.Terminal.In.ReadLine() ?? "";
        return secrets.Count > 0 ? secrets : null;
    }
}
