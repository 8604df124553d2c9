using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rota;

/// <summary>How arguments and outputs travel as JSON: camelCase names, any case read, enums as text.</summary>
public static class RotaJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };
}
