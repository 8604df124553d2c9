using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rota;

/// <summary>The number of a job: positive, growing with the order of enqueuing, never used twice in one
/// database.</summary>
[JsonConverter(typeof(JobIdConverter))]
public readonly record struct JobId(long Value) : IComparable<JobId>
{
    public int CompareTo(JobId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    public static bool operator <(JobId left, JobId right) => left.Value < right.Value;
    public static bool operator >(JobId left, JobId right) => left.Value > right.Value;
    public static bool operator <=(JobId left, JobId right) => left.Value <= right.Value;
    public static bool operator >=(JobId left, JobId right) => left.Value >= right.Value;
}

internal sealed class JobIdConverter : JsonConverter<JobId>
{
    public override JobId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, JobId value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.Value);
}
