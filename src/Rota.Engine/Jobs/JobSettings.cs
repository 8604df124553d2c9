using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rota.Jobs;

/// <summary>The options of a job that only the worker reads; stored with it as JSON, absent when all is
/// default.</summary>
public sealed record JobSettings
{
    public static readonly JobSettings Default = new();

    public int MaxAttempts { get; init; } = JobOptions.DefaultMaxAttempts;

    public Backoff? Backoff { get; init; }

    public TimeSpan Timeout { get; init; } = JobOptions.DefaultTimeout;

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    public static JobSettings Parse(ReadOnlyMemory<byte>? json) =>
        json is { } bytes ? JsonSerializer.Deserialize(bytes.Span, SettingsJson.Default.JobSettings)! : Default;

    // A null array would turn into an empty memory that is not null.
    public ReadOnlyMemory<byte>? ToJson() =>
        this == Default ? default(ReadOnlyMemory<byte>?)
            : JsonSerializer.SerializeToUtf8Bytes(this, SettingsJson.Default.JobSettings);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(JobSettings))]
internal sealed partial class SettingsJson : JsonSerializerContext;
