using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rota.Secrets;

/// <summary>Masks JSON by the names in it, for listings, snapshots and logs of arguments.</summary>
/// <remarks>The whole value under a telling name is replaced by <see cref="Redactor.Mark"/>, be it text, number, null,
/// object or array, at any depth. Source: densefog's masking of <c>password</c>, with more names.</remarks>
public static class JsonMask
{
    private static readonly SearchValues<string> TellingNames = SearchValues.Create(
        ["password", "secret", "token", "authorization", "api_key", "apikey", "api-key"],
        StringComparison.OrdinalIgnoreCase);

    private static readonly JsonWriterOptions Readable =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The name contains <c>password</c>, <c>secret</c>, <c>token</c>, <c>authorization</c>, <c>api_key</c>,
    /// <c>apikey</c> or <c>api-key</c>, in any case.</summary>
    public static bool IsTelling(string name) => name.AsSpan().ContainsAny(TellingNames);

    /// <summary>The JSON without white space, order kept, what is under telling names masked.</summary>
    /// <param name="json">Any value.</param>
    /// <param name="secrets">Masks these in names and in all other values too; a number with a secret in it becomes
    /// text. Default: none.</param>
    /// <remarks>Non-ASCII text is not escaped: escape the result when it goes into HTML.</remarks>
    public static string Mask(JsonElement json, Redactor? secrets = null)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, Readable))
            Write(json, writer, secrets);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <inheritdoc cref="Mask(JsonElement, Redactor?)"/>
    /// <exception cref="JsonException">It is not one JSON value in UTF-8, or deeper than 64.</exception>
    public static string Mask(ReadOnlySpan<byte> json, Redactor? secrets = null)
    {
        var reader = new Utf8JsonReader(json);
        using var document = JsonDocument.ParseValue(ref reader);
        return reader.Read()
            ? throw new JsonException("There is more than one value.")
            : Mask(document.RootElement, secrets);
    }

    private static void Write(JsonElement json, Utf8JsonWriter writer, Redactor? secrets)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(json, writer, secrets);
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in json.EnumerateArray())
                    Write(item, writer, secrets);
                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(Masked(json, static text => text.GetString()!, secrets));    // never null here
                break;
            case JsonValueKind.Number when secrets is not null && secrets.Mask(json.GetRawText()) != json.GetRawText():
                writer.WriteStringValue(Redactor.Mark);
                break;
            default:
                json.WriteTo(writer);
                break;
        }
    }

    private static void WriteObject(JsonElement json, Utf8JsonWriter writer, Redactor? secrets)
    {
        writer.WriteStartObject();
        foreach (var property in json.EnumerateObject())
        {
            var name = Masked(property, static member => member.Name, secrets);
            writer.WritePropertyName(name);
            if (name == Redactor.Mark || IsTelling(property.Name))
                writer.WriteStringValue(Redactor.Mark);
            else
                Write(property.Value, writer, secrets);
        }

        writer.WriteEndObject();
    }

    /// <summary>What was made of masked JSON by hand, with the values put back that are masked still.</summary>
    /// <param name="edited">The masked JSON, changed or not.</param>
    /// <param name="original">What it was before it was masked.</param>
    public static JsonElement Restore(JsonElement edited, JsonElement original)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, Readable))
            WriteRestored(edited, original, writer);
        return JsonElement.Parse(bytes.WrittenSpan);
    }

    private static bool IsMark(JsonElement json) =>
        json.ValueKind == JsonValueKind.String && json.ValueEquals(Redactor.Mark);

    private static void WriteRestored(JsonElement edited, JsonElement? original, Utf8JsonWriter writer)
    {
        switch (edited.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in edited.EnumerateObject())
                {
                    var known = original is { ValueKind: JsonValueKind.Object } whole
                        && whole.TryGetProperty(property.Name, out var value) ? value : (JsonElement?)null;
                    writer.WritePropertyName(property.Name);
                    if (known is { } hidden && IsTelling(property.Name) && IsMark(property.Value))
                        hidden.WriteTo(writer);
                    else
                        WriteRestored(property.Value, known, writer);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var (place, item) in edited.EnumerateArray().Index())
                {
                    WriteRestored(item, original is { ValueKind: JsonValueKind.Array } list
                        && place < list.GetArrayLength() ? list[place] : null, writer);
                }
                writer.WriteEndArray();
                break;
            default:
                edited.WriteTo(writer);
                break;
        }
    }

    // JSON may escape half of a surrogate pair, which is no text. One such value must not hide a whole listing.
    private static string Masked<T>(T json, Func<T, string> textOf, Redactor? secrets)
    {
        try
        {
            var text = textOf(json);
            return secrets?.Mask(text) ?? text;
        }
        catch (InvalidOperationException)
        {
            return Redactor.Mark;
        }
    }
}
