using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rota.Schedules;

/// <summary>The JSON of triggers, in the database and in requests.</summary>
/// <remarks>
/// <c>{"once":"2026-01-01T00:00:00Z"}</c>, <c>{"every":"00:05:00","anchor":"2026-01-01T00:00:00Z"}</c> or
/// <c>{"cron":"0 9 * * 1-5","zone":"Europe/Berlin"}</c>. Instants carry <c>Z</c> or an offset. <c>every</c> is what
/// <see cref="Durations"/> reads. Without <c>zone</c> it is UTC. Beside <c>cron</c> there may be <c>dialect</c>
/// (<c>quartz</c>, <c>apscheduler</c>), <c>"gap":"skip"</c>, and <c>spread</c> for <c>H</c>.
/// </remarks>
public static class TriggerJson
{
    private const string Shapes = """Write {"once":...}, {"every":...,"anchor":...} or {"cron":...,"zone":...}.""";
    private const string Instants = "Write it as 2026-01-01T00:00:00Z or with an offset, as 2026-01-01T00:00:00+01:00.";

    private static readonly string[] Kinds = ["once", "every", "cron"];

    // Etc/GMT+5 stays as it is: the text goes into a database, not into a page.
    private static readonly JsonWriterOptions Plain =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The JSON of a trigger, on one line.</summary>
    public static string Write(Trigger trigger)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
            Write(writer, trigger);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>Writes a trigger as one object.</summary>
    public static void Write(Utf8JsonWriter writer, Trigger trigger)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(trigger);
        writer.WriteStartObject();
        switch (trigger)
        {
            case OnceTrigger once:
                writer.WriteString("once", Text(once.At));
                break;
            case IntervalTrigger interval:
                writer.WriteString("every", interval.Every.ToString("c", CultureInfo.InvariantCulture));
                writer.WriteString("anchor", Text(interval.Anchor));
                break;
            case CronTrigger cron:
                writer.WriteString("cron", cron.Cron.ToString());
                writer.WriteString("zone", cron.Zone);
                WriteChoices(writer, cron);
                break;
            default:
                throw new ArgumentException($"There is no JSON of a {trigger.GetType().Name}.", nameof(trigger));
        }

        writer.WriteEndObject();
    }

    /// <summary>Reads a trigger.</summary>
    /// <param name="json">One JSON object.</param>
    /// <param name="anchor">For an interval that has none. Default: an interval must have one.</param>
    /// <exception cref="InvalidFieldException">Names the field at fault, or <c>trigger</c> for the whole.</exception>
    public static Trigger Read(string json, DateTimeOffset? anchor = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = JsonDocument.Parse(json);
            return Read(document.RootElement, anchor);
        }
        catch (JsonException error)
        {
            throw new InvalidFieldException("trigger", "The trigger is no JSON.", Shapes, error);
        }
    }

    /// <inheritdoc cref="Read(string, DateTimeOffset?)"/>
    public static Trigger Read(JsonElement json, DateTimeOffset? anchor = null)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new InvalidFieldException("trigger", "The trigger is no JSON object.", Shapes);

        var fields = ReadFields(json);
        if (Kinds.Where(fields.ContainsKey).ToList() is [var kind, var other, ..])
            throw new InvalidFieldException(other, $"A trigger with '{kind}' takes no '{other}'.", Shapes);

        if (fields.Remove("once", out var once))
            return Only(fields, "once", new OnceTrigger(Instant("once", once)));
        if (fields.Remove("every", out var every))
            return Only(fields, "every", Interval(every, fields, anchor));
        if (fields.Remove("cron", out var cron))
            return Only(fields, "cron", Cron(cron, fields));

        throw new InvalidFieldException("trigger", "The trigger has none of once, every and cron.", Shapes);
    }

    private static Dictionary<string, string> ReadFields(JsonElement json)
    {
        Dictionary<string, string> fields = new(StringComparer.Ordinal);
        foreach (var property in json.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.String)
                throw new InvalidFieldException(property.Name, $"The value of '{property.Name}' is no text.", Shapes);
            if (!fields.TryAdd(property.Name, property.Value.GetString()!))
                throw new InvalidFieldException(property.Name, $"The trigger has '{property.Name}' twice.", Shapes);
        }

        return fields;
    }

    private static IntervalTrigger Interval(string every, Dictionary<string, string> fields, DateTimeOffset? anchor)
    {
        if (fields.Remove("anchor", out var written))
            anchor = Instant("anchor", written);
        return new IntervalTrigger(
            Durations.Parse(every, "every"),
            anchor ?? throw new InvalidFieldException("anchor", "The interval has no anchor.", Instants));
    }

    private static CronTrigger Cron(string text, Dictionary<string, string> fields)
    {
        fields.Remove("dialect", out var dialect);
        fields.Remove("spread", out var spread);
        fields.Remove("gap", out var gap);
        var cron = CronExpression.Parse(text, CronWords.ParseDialect(dialect), spread);
        return new CronTrigger(cron, fields.Remove("zone", out var zone) ? zone : "UTC")
        {
            Gap = CronWords.ParseGap(gap),
        };
    }

    // What is the default is left out, so that the JSON of most schedules stays what it always was.
    private static void WriteChoices(Utf8JsonWriter writer, CronTrigger trigger)
    {
        if (trigger.Cron.Dialect != CronDialect.Unix)
            writer.WriteString("dialect", CronWords.Of(trigger.Cron.Dialect));
        if (trigger.Gap != GapRule.Run)
            writer.WriteString("gap", CronWords.Of(trigger.Gap));
        if (trigger.Cron.Spread is { } spread)
            writer.WriteString("spread", spread);
    }

    private static Trigger Only(Dictionary<string, string> rest, string kind, Trigger trigger) =>
        rest.Keys.FirstOrDefault() is not { } extra
            ? trigger
            : throw new InvalidFieldException(extra, $"A trigger with '{kind}' takes no '{extra}'.", Shapes);

    internal static DateTimeOffset Instant(string field, string text)
    {
        // Without an offset, the zone of the machine would decide what is meant.
        var hasOffset = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
        return hasOffset && text.Contains('T')
            && DateTimeOffset.TryParse(
                text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var instant)
            ? instant.ToUniversalTime()
            : throw new InvalidFieldException(field, $"'{text}' is no instant.", Instants);
    }

    private static string Text(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}

internal sealed class TriggerJsonConverter : JsonConverter<Trigger>
{
    public override Trigger Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return TriggerJson.Read(document.RootElement);
    }

    public override void Write(Utf8JsonWriter writer, Trigger value, JsonSerializerOptions options) =>
        TriggerJson.Write(writer, value);
}
