using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rota.Events;

/// <summary>An event as it is shown and sent.</summary>
/// <param name="Type">Such as <c>occurrence.missed</c>.</param>
public sealed record EventView(long Id, string Type, DateTimeOffset At, string Source, long? JobId,
    DateTimeOffset? DueAt, int? Count, string? Actor, string? Text)
{
    public static EventView From(RotaEvent one) => new(one.Id, EventNames.Name(one.Type), one.At, one.Source,
        one.JobId?.Value, one.DueAt, one.Count == 1 ? null : one.Count, one.Actor, one.Text);
}

public static class EventJson
{
    /// <summary>One line with snake_case names; what says nothing is left out.</summary>
    public static string Write(RotaEvent one) =>
        JsonSerializer.Serialize(EventView.From(one), EventJsonContext.Default.EventView);

    internal static JsonElement Element(RotaEvent one) =>
        JsonSerializer.SerializeToElement(EventView.From(one), EventJsonContext.Default.EventView);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EventView))]
internal sealed partial class EventJsonContext : JsonSerializerContext;
