using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rota.Schedules;

/// <summary>The JSON of triggers, in the database and in requests.</summary>
/// <remarks>
/// <para>One of <c>{"once":"2026-01-01T00:00:00Z"}</c>, <c>{"every":"5m","anchor":"2026-01-01T00:00:00Z"}</c>,
/// <c>{"cron":"0 9 * * 1-5","zone":"Europe/Berlin"}</c>,
/// <c>{"calendar":"2 months","from":"2026-01-31","time":"09:00","zone":"Europe/Berlin"}</c>,
/// <c>{"any":[…]}</c> and <c>{"all":[…]}</c> with triggers in them.</para>
/// <para>Beside <c>cron</c> there may be <c>dialect</c> (<c>quartz</c>, <c>apscheduler</c>), <c>"gap":"skip"</c>, and
/// <c>spread</c> for <c>H</c>; beside <c>calendar</c> there may be <c>gap</c> and <c>"month_end":"last"</c>. Beside
/// each there may be <c>start</c>, <c>end</c>, <c>max</c>, <c>jitter</c> and <c>except</c>
/// (<see cref="TriggerLimits"/>, <see cref="Exclusion"/>); its dates are of <c>zone</c>.</para>
/// <para>Instants carry <c>Z</c> or an offset. Durations are what <see cref="Durations"/> reads. Without <c>zone</c> it
/// is UTC.</para>
/// </remarks>
public static class TriggerJson
{
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

    /// <summary>Writes a trigger as one object. What is the default is left out.</summary>
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
                writer.WriteString("every", Durations.Format(interval.Every));
                writer.WriteString("anchor", Text(interval.Anchor));
                break;
            case CronTrigger cron:
                WriteCron(writer, cron);
                break;
            case CalendarTrigger calendar:
                WriteCalendar(writer, calendar);
                break;
            case AnyTrigger any:
                WriteParts(writer, "any", any.Parts);
                break;
            case AllTrigger all:
                WriteParts(writer, "all", all.Parts);
                break;
            default:
                throw new ArgumentException($"There is no JSON of a {trigger.GetType().Name}.", nameof(trigger));
        }
        WriteLimits(writer, trigger.Limits);
        if (trigger is not (CronTrigger or CalendarTrigger) && trigger.Limits.Except is [var first, ..])
            writer.WriteString("zone", first.Zone);
        writer.WriteEndObject();
    }

    private static void WriteCron(Utf8JsonWriter writer, CronTrigger cron)
    {
        writer.WriteString("cron", cron.Cron.ToString());
        writer.WriteString("zone", cron.Zone);
        if (cron.Cron.Dialect != CronDialect.Unix)
            writer.WriteString("dialect", CronWords.Of(cron.Cron.Dialect));
        if (cron.Gap != GapRule.Run)
            writer.WriteString("gap", CronWords.Of(cron.Gap));
        if (cron.Cron.Spread is { } spread)
            writer.WriteString("spread", spread);
    }

    private static void WriteCalendar(Utf8JsonWriter writer, CalendarTrigger calendar)
    {
        writer.WriteString("calendar", $"{calendar.Every} {calendar.Unit.ToString().ToLowerInvariant()}");
        writer.WriteString("from", calendar.From.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        writer.WriteString("time", calendar.Time.ToString("HH:mm:ss", CultureInfo.InvariantCulture));
        writer.WriteString("zone", calendar.Zone);
        if (calendar.Gap != GapRule.Run)
            writer.WriteString("gap", CronWords.Of(calendar.Gap));
        if (calendar.MonthEnd != MonthEnd.Skip)
            writer.WriteString("month_end", "last");
    }

    private static void WriteParts(Utf8JsonWriter writer, string name, IReadOnlyList<Trigger> parts)
    {
        writer.WriteStartArray(name);
        foreach (var part in parts)
            Write(writer, part);
        writer.WriteEndArray();
    }

    private static void WriteLimits(Utf8JsonWriter writer, TriggerLimits limits)
    {
        if (limits.Start is { } start)
            writer.WriteString("start", Text(start));
        if (limits.End is { } end)
            writer.WriteString("end", Text(end));
        if (limits.Max is { } max)
            writer.WriteNumber("max", max);
        if (limits.Jitter > TimeSpan.Zero)
            writer.WriteString("jitter", Durations.Format(limits.Jitter));
        if (limits.Except.Count == 0)
            return;
        writer.WriteStartArray("except");
        foreach (var exclusion in limits.Except)
            writer.WriteStringValue(exclusion.ToString());
        writer.WriteEndArray();
    }

    /// <summary>Reads a trigger.</summary>
    /// <param name="json">One JSON object.</param>
    /// <param name="anchor">For an interval that has none, and in place of the start of one with <c>max</c>. Default:
    /// they must be there. With the Unix epoch, which gives the same trigger whenever it is read, the start must be
    /// there too.</param>
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
            throw new InvalidFieldException("trigger", "The trigger is no JSON.", TriggerFields.Shapes, error);
        }
    }

    /// <inheritdoc cref="Read(string, DateTimeOffset?)"/>
    public static Trigger Read(JsonElement json, DateTimeOffset? anchor = null) =>
        TriggerReader.Read(json, anchor, depth: 0);

    internal static DateTimeOffset Instant(string field, string text)
    {
        // Without an offset, the zone of the machine would decide what is meant.
        var hasOffset = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
        return hasOffset && text.Contains('T')
            && DateTimeOffset.TryParse(
                text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var instant)
            ? instant.ToUniversalTime()
            : throw new InvalidFieldException(field, $"'{text}' is no instant.", TriggerFields.Instants);
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
