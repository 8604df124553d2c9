using System.Text.Json;

namespace Rota.Bench;

internal static class BenchJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    public static string Of(object report) => JsonSerializer.Serialize(report, Options);
}
