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

    /// <summary>The argument that gets the output of the jobs it depends on.</summary>
    public string? ResultInto { get; init; }

    public RepeatsLeft? Repeat { get; init; }

    public static JobSettings Parse(ReadOnlyMemory<byte>? json) =>
        json is { } bytes ? JsonSerializer.Deserialize(bytes.Span, SettingsJson.Default.JobSettings)! : Default;

    // A null array would turn into an empty memory that is not null.
    public ReadOnlyMemory<byte>? ToJson() =>
        this == Default ? default(ReadOnlyMemory<byte>?)
            : JsonSerializer.SerializeToUtf8Bytes(this, SettingsJson.Default.JobSettings);
}

/// <summary>How often a job is still to be run again, with what the next one needs beside its settings.</summary>
public sealed record RepeatsLeft
{
    /// <summary>1 and on.</summary>
    public required int Times { get; init; }

    /// <summary>The first one is the next one; the last one is used again.</summary>
    public required IReadOnlyList<TimeSpan> Intervals { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public Unique? Unique { get; init; }

    /// <summary>What is left for the job that comes next; null when it is the last one.</summary>
    public RepeatsLeft? Next() => Times == 1 ? null : this with
    {
        Times = Times - 1,
        Intervals = Intervals.Count == 1 ? Intervals : [.. Intervals.Skip(1)],
    };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(JobSettings))]
internal sealed partial class SettingsJson : JsonSerializerContext;
