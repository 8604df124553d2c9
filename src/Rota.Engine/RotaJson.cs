using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Rota;

/// <summary>How arguments and outputs travel as JSON: camelCase names, any case read, enums as text.</summary>
public static class RotaJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>Whether a field of arguments must be given: it is marked so, or is a parameter without a default that
    /// cannot be null.</summary>
    public static bool IsNeeded(JsonPropertyInfo field) =>
        field.IsRequired || field.AssociatedParameter is { HasDefaultValue: false, IsNullable: false };
}
