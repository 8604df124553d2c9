using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rota.Schedules;

namespace Rota.Commands;

/// <summary>When a schedule is due, as options: exactly one kind of trigger, and what bounds it.</summary>
internal sealed class TriggerOptions
{
    private const int CalendarBytesMax = 1 << 20;
    public const string OneKind = "Give one of --cron, --every, --once, --calendar and --trigger.";

    private readonly Option<string?>[] _kinds =
    [
        Of("cron", "A cron expression, such as '0 9 * * 1-5'"), Of("every", "An interval, such as 15m"),
        new("--once", "--at") { Description = "One instant, such as 2026-12-24T18:00:00Z" },
        Of("calendar", "Days, weeks, months or years, such as '2 weeks'; with --from and --time"),
    ];

    // The names are those of the JSON.
    private readonly Option<string?>[] _texts =
    [
        Of("zone", "Time zone of --cron, --calendar and --except (default: UTC)"),
        Of("dialect", "How --cron is written: unix, quartz or apscheduler (default: unix)"),
        Of("gap", "What becomes of a local time that the clock skips: run or skip (default: run)"),
        Of("anchor", "When --every counts from (default: now)"),
        Of("from", "First date of --calendar, such as 2026-01-31"), Of("time", "Time of --calendar, such as 09:00"),
        Of("month-end", "What --calendar does in a month without that day: skip or last (default: skip)"),
        Of("start", "Not before this instant"), Of("end", "Not after this instant"),
        Of("jitter", "Start each job up to this much later, at random, such as 5m"),
    ];

    private readonly Option<int?> _max = new("--max")
    {
        Description = "So many runs from --start on (default: from now on)",
    };
    private readonly Option<string[]> _except = new("--except")
    {
        Description = "Not on this date (2026-12-25), in this range (2026-12-24/2027-01-01), or when an expression "
            + "fits (cron: * * * * sat,sun); may be repeated",
    };
    private readonly Option<string?> _calendarFile = new("--except-ics")
    {
        Description = "Not on the dates of this iCalendar file: its EXDATEs and events of whole days",
        HelpName = "FILE",
    };
    private readonly Option<string?> _whole = Of("trigger", "The whole trigger as JSON, also any and all of several");

    public IEnumerable<Symbol> All => [.. _kinds, .. _texts, _max, _except, _calendarFile, _whole];

    /// <returns>Null when none is given.</returns>
    public JsonObject? ToJson(Session session)
    {
        var trigger = new JsonObject();
        foreach (var option in _kinds.Concat(_texts))
        {
            if (session.Get(option) is { } text)
                trigger[option.Name[2..].Replace('-', '_')] = text;
        }
        if (session.Get(_max) is { } max)
            trigger["max"] = max;
        if (Exceptions(session) is { Count: > 0 } except)
            trigger["except"] = except;
        if (session.Get(_whole) is { } whole)
        {
            return trigger.Count == 0 && Parsed(whole) is { } json
                ? json
                : throw Session.Usage("trigger", "--trigger is no JSON object, or not alone.", OneKind);
        }
        if (trigger.Count > 0 && _kinds.Count(kind => session.Get(kind) is not null) != 1)
            throw Session.Usage("trigger", "A schedule has one trigger.", OneKind);
        return trigger.Count > 0 ? trigger : null;
    }

    private static JsonObject? Parsed(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private JsonArray Exceptions(Session session)
    {
        var except = new JsonArray([.. (session.Get(_except) ?? []).Select(text => (JsonNode?)text)]);
        if (session.Get(_calendarFile) is { } path)
        {
            var zone = session.Get(_texts[0]) ?? "UTC";
            foreach (var text in CalendarDates(session, path, zone))
                except.Add((JsonNode?)text);
        }
        return except;
    }

    private IReadOnlyList<string> CalendarDates(Session session, string path, string zone)
    {
        var name = $"{_calendarFile.Name} {path}";
        if (new FileInfo(session.Terminal.PathOf(path)) is { Exists: true, Length: > CalendarBytesMax } file)
            throw Session.Usage("except", $"{name}: It has {file.Length:N0} bytes.",
                $"Take a calendar of {CalendarBytesMax:N0} at most, such as one of holidays only.");
        try
        {
            return IcsDates.Read(HiddenValue.OfFile(session, path), zone);
        }
        catch (InvalidFieldException error)
        {
            throw new InvalidFieldException("except", $"{name}: {error.Message}", error.Hint, error);
        }
    }

    private static Option<string?> Of(string name, string description) =>
        new($"--{name}") { Description = description };
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
