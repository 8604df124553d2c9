using System.Globalization;
using System.Text.Json;

namespace Rota.Schedules;

/// <summary>Makes a trigger of the fields of its JSON.</summary>
internal static class TriggerReader
{
    private const int DepthMax = 5;
    private static readonly string[] Kinds = ["once", "every", "cron", "calendar", "any", "all"];

    /// <param name="depth">Of triggers around this one.</param>
    public static Trigger Read(JsonElement json, DateTimeOffset? anchor, int depth)
    {
        if (depth > DepthMax)
            throw new InvalidFieldException("trigger", $"Triggers stand in more than {DepthMax} others.",
                TriggerFields.Shapes);
        var fields = new TriggerFields(json);
        if (Kinds.Where(fields.Has).ToList() is [var first, var second, ..])
            throw new InvalidFieldException(second, $"A trigger with '{first}' takes no '{second}'.",
                TriggerFields.Shapes);

        var kind = Array.Find(Kinds, fields.Has) ?? throw new InvalidFieldException("trigger",
            $"The trigger has none of {string.Join(", ", Kinds)}.", TriggerFields.Shapes);
        var hasZone = kind is "cron" or "calendar" || fields.Has("except");
        var zone = (hasZone ? fields.Text("zone") : null) ?? "UTC";
        Trigger trigger = kind switch
        {
            "once" => new OnceTrigger(TriggerJson.Instant("once", fields.Text("once")!)),
            "every" => Interval(fields, anchor),
            "cron" => Cron(fields, zone),
            "calendar" => Calendar(fields, zone),
            "any" => new AnyTrigger(Parts(fields, "any", anchor, depth)),
            _ => new AllTrigger(Parts(fields, "all", anchor, depth)),
        };
        var limits = Limits(fields, zone, anchor);
        fields.RefuseRest(kind);
        return limits == TriggerLimits.None ? trigger : trigger with { Limits = limits };
    }

    private static IntervalTrigger Interval(TriggerFields fields, DateTimeOffset? anchor) => new(
        Durations.Parse(fields.Text("every")!, "every"),
        fields.Instant("anchor") ?? anchor
            ?? throw new InvalidFieldException("anchor", "The interval has no anchor.", TriggerFields.Instants));

    private static CronTrigger Cron(TriggerFields fields, string zone) => new(
        CronExpression.Parse(
            fields.Text("cron")!, CronWords.ParseDialect(fields.Text("dialect")), fields.Text("spread")), zone)
    {
        Gap = CronWords.ParseGap(fields.Text("gap")),
    };

    private static CalendarTrigger Calendar(TriggerFields fields, string zone)
    {
        const string Advice = "Write for example 1 month, 2 weeks, 10 days or 1 year.";
        var text = fields.Text("calendar")!;
        if (text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var number, var word]
            || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var every)
            || !Enum.TryParse<CalendarUnit>(word.EndsWith('s') ? word : word + 's', ignoreCase: true, out var unit)
            || !char.IsAsciiLetter(word[0]))
            throw new InvalidFieldException("calendar", $"'{text}' is no number of days, weeks, months or years.",
                Advice);
        return new CalendarTrigger(every, unit, fields.Date("from"), fields.Time("time"), zone)
        {
            Gap = CronWords.ParseGap(fields.Text("gap")),
            MonthEnd = fields.Text("month_end") switch
            {
                null or "skip" => MonthEnd.Skip,
                "last" => MonthEnd.Last,
                var other => throw new InvalidFieldException("month_end", $"There is no rule '{other}'.",
                    "Write skip or last."),
            },
        };
    }

    private static List<Trigger> Parts(TriggerFields fields, string name, DateTimeOffset? anchor, int depth) =>
        [.. fields.List(name).Select(part => Read(part, anchor, depth + 1) is { Limits.Jitter.Ticks: 0 } trigger
            ? trigger
            : throw new InvalidFieldException("jitter", $"A part of '{name}' has a 'jitter'.",
                $"Write it beside '{name}': it is of the whole."))];

    // A run of now would be over already: runs are counted from the next moment on. The epoch is an anchor only: runs
    // that were counted from then on would be over long since.
    private static TriggerLimits Limits(TriggerFields fields, string zone, DateTimeOffset? anchor) => new()
    {
        Start = fields.Instant("start")
            ?? (fields.Has("max") && anchor > DateTimeOffset.UnixEpoch ? anchor?.AddTicks(1) : null),
        End = fields.Instant("end"),
        Max = fields.Number("max", 1, TriggerLimits.MaxMax),
        Jitter = Jitter(fields.Text("jitter")),
        Except = [.. Exceptions(fields.List("except"), zone)],
    };

    private static TimeSpan Jitter(string? text)
    {
        if (text is null)
            return TimeSpan.Zero;
        var jitter = Durations.Parse(text, "jitter");
        return jitter <= TriggerLimits.JitterMax
            ? jitter
            : throw new InvalidFieldException("jitter", $"{text} is over a day.", "Write for example 30s or 5m.");
    }

    private static IEnumerable<Exclusion> Exceptions(List<JsonElement> texts, string zone)
    {
        if (texts.Count > TriggerLimits.ExceptMax)
            throw new InvalidFieldException("except", $"{texts.Count:N0} exceptions are too many.",
                $"Write at most {TriggerLimits.ExceptMax:N0}.");
        return texts.Select(text => text.ValueKind == JsonValueKind.String
            ? Exclusion.Parse(text.GetString()!, zone)
            : throw new InvalidFieldException("except", "An exception is no text.", "Write for example 2026-12-25."));
    }
}

/// <summary>The fields of one JSON object, each taken once.</summary>
internal sealed class TriggerFields
{
    public const string Shapes =
        """Write {"once":…}, {"every":…}, {"cron":…}, {"calendar":…}, {"any":[…]} or {"all":[…]}.""";
    public const string Instants = "Write it as 2026-01-01T00:00:00Z or with an offset, as 2026-01-01T00:00:00+01:00.";

    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);

    public TriggerFields(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new InvalidFieldException("trigger", "The trigger is no JSON object.", Shapes);
        foreach (var property in json.EnumerateObject())
        {
            if (!_fields.TryAdd(property.Name, property.Value))
                throw new InvalidFieldException(property.Name, $"The trigger has '{property.Name}' twice.", Shapes);
        }
    }

    public bool Has(string name) => _fields.ContainsKey(name);

    public string? Text(string name)
    {
        if (!_fields.Remove(name, out var value))
            return null;
        return value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : throw new InvalidFieldException(name, $"The value of '{name}' is no text.", Shapes);
    }

    public DateTimeOffset? Instant(string name) => Text(name) is { } text ? TriggerJson.Instant(name, text) : null;

    public DateOnly Date(string name)
    {
        var text = Text(name);
        return DateOnly.TryParseExact(
            text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : throw new InvalidFieldException(name, text is null ? $"'{name}' is missing." : $"'{text}' is no date.",
                "Write it as 2026-01-31.");
    }

    public TimeOnly Time(string name)
    {
        var text = Text(name);
        return TimeOnly.TryParseExact(
            text, ["HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time
            : throw new InvalidFieldException(name, text is null ? $"'{name}' is missing." : $"'{text}' is no time.",
                "Write it as 09:00 or 09:00:30.");
    }

    public int? Number(string name, int min, int max)
    {
        if (!_fields.Remove(name, out var value))
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            && number >= min && number <= max
            ? number
            : throw new InvalidFieldException(name, $"{value} is no number from {min} to {max:N0}.",
                $"Write a number from {min} to {max:N0}.");
    }

    /// <summary>Empty when it is not there.</summary>
    public List<JsonElement> List(string name)
    {
        if (!_fields.Remove(name, out var value))
            return [];
        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray()]
            : throw new InvalidFieldException(name, $"The value of '{name}' is no list.", Shapes);
    }

    /// <exception cref="InvalidFieldException">Names a field that nobody took.</exception>
    public void RefuseRest(string kind)
    {
        if (_fields.Keys.FirstOrDefault() is { } extra)
            throw new InvalidFieldException(extra, $"A trigger with '{kind}' takes no '{extra}'.", Shapes);
    }
}
