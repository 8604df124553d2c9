using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rota.Schedules;

/// <summary>A schedule's trigger and options as the database holds them.</summary>
/// <param name="Trigger">Null when <paramref name="Broken"/> says why.</param>
/// <param name="Options">The defaults when they could not be read.</param>
/// <param name="Broken">Why one of them cannot be read; null when both can.</param>
public sealed record StoredRule(Trigger? Trigger, JobOptions Options, string? Broken)
{
    /// <summary>Never throws for what is stored: a row that cannot be read is shown as broken and hides no other.
    /// </summary>
    /// <param name="options">UTF-8 JSON; null or empty when all is default.</param>
    public static StoredRule Read(string trigger, ReadOnlyMemory<byte>? options)
    {
        try
        {
            var read = options is { IsEmpty: false } json
                ? JsonSerializer.Deserialize(json.Span, StoredJson.Default.JobOptions)
                : null;
            return new StoredRule(TriggerJson.Read(trigger), read ?? new JobOptions(), null);
        }
        catch (InvalidFieldException error)
        {
            return new StoredRule(null, new JobOptions(), error.Message);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or InvalidOperationException)
        {
            return new StoredRule(null, new JobOptions(), $"The options cannot be read: {error.Message}");
        }
    }

    /// <summary>The options as JSON with snake_case names; null when all is default.</summary>
    public static byte[]? Write(JobOptions options) => options == new JobOptions()
        ? null
        : JsonSerializer.SerializeToUtf8Bytes(options, StoredJson.Default.JobOptions);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(JobOptions))]
internal sealed partial class StoredJson : JsonSerializerContext;
