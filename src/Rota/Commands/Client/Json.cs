using System.Globalization;
using System.Text.Json;

namespace Rota.Commands;

/// <summary>Reads what the server sent without minding what it left out.</summary>
internal static class Json
{
    extension(JsonElement json)
    {
        public JsonElement? Find(string name) =>
            json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value)
            && value.ValueKind != JsonValueKind.Null ? value : null;

        public string? TextOrNull(string name) => json.Find(name) is { } value
            ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText() : null;

        public string Text(string name) => json.TextOrNull(name) ?? "";

        public long Number(string name) => json.Find(name) is { ValueKind: JsonValueKind.Number } value
            ? (long)value.GetDouble() : 0;

        public bool IsTrue(string name) => json.Find(name) is { ValueKind: JsonValueKind.True };

        public DateTimeOffset? Instant(string name) => json.Find(name) is { ValueKind: JsonValueKind.String } value
            && DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
                out var instant) ? instant : null;

        public IEnumerable<JsonElement> Items(string name = "items") =>
            json.Find(name) is { ValueKind: JsonValueKind.Array } items ? items.EnumerateArray() : [];

        /// <summary>The texts of an array, as one line.</summary>
        public string Joined(string name) => string.Join(", ", json.Items(name).Select(item =>
            item.ValueKind == JsonValueKind.String ? item.GetString() : item.GetRawText()));
    }
}
