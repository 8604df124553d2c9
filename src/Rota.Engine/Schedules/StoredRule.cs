using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Rota.Schedules;

/// <summary>A schedule's trigger, options and policy as the database holds them.</summary>
/// <param name="Trigger">Null when <paramref name="Broken"/> says why.</param>
/// <param name="Options">The defaults when something could not be read.</param>
/// <param name="Policy">The default when something could not be read.</param>
/// <param name="Broken">Why one of them cannot be read; null when all can.</param>
public sealed record StoredRule(Trigger? Trigger, JobOptions Options, RunPolicy Policy, string? Broken)
{
    /// <summary>Never throws for what is stored: a row that cannot be read is shown as broken and hides no other.
    /// </summary>
    /// <param name="options">UTF-8 JSON; null or empty when all is default.</param>
    /// <param name="policy">As <paramref name="options"/>.</param>
    public static StoredRule Read(string trigger, ReadOnlyMemory<byte>? options, ReadOnlyMemory<byte>? policy)
    {
        try
        {
            return new StoredRule(TriggerJson.Read(trigger), Read(options, StoredJson.Default.JobOptions),
                Read(policy, StoredJson.Default.RunPolicy), null);
        }
        catch (InvalidFieldException error)
        {
            return Unreadable(error.Message);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or InvalidOperationException)
        {
            return Unreadable($"The options cannot be read: {error.Message}");
        }
    }

    /// <summary>The options as JSON with snake_case names; null when all is default.</summary>
    public static byte[]? Write(JobOptions options) => Write(options, StoredJson.Default.JobOptions);

    /// <inheritdoc cref="Write(JobOptions)"/>
    public static byte[]? Write(RunPolicy policy) => Write(policy, StoredJson.Default.RunPolicy);

    private static StoredRule Unreadable(string why) => new(null, new JobOptions(), new RunPolicy(), why);

    private static T Read<T>(ReadOnlyMemory<byte>? json, JsonTypeInfo<T> type)
        where T : class, new() =>
        json is { IsEmpty: false } bytes ? JsonSerializer.Deserialize(bytes.Span, type) ?? new T() : new T();

    private static byte[]? Write<T>(T value, JsonTypeInfo<T> type)
        where T : class, new() =>
        value.Equals(new T()) ? null : JsonSerializer.SerializeToUtf8Bytes(value, type);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(JobOptions))]
[JsonSerializable(typeof(RunPolicy))]
[JsonSerializable(typeof(ScheduleRule))]
internal sealed partial class StoredJson : JsonSerializerContext;
