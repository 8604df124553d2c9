using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Rota.Jobs;
using Rota.Secrets;
using Rota.Web.Api;

namespace Rota.Web.Console.Forms;

/// <summary>The arguments of a kind as the fields of a form: <c>args.NAME</c> for each that its type has, <c>args</c>
/// for the JSON of what else there is. A kind that nothing here runs has only that.</summary>
/// <remarks>What is under a telling name does not come back into a form: left empty, it stays what it was.</remarks>
internal static class ArgsForm
{
    public const string Rest = "args";

    public static string NameOf(KindFieldView field) => $"{Rest}.{field.Name}";

    /// <summary>The box that takes away what is stored under a telling name.</summary>
    public static string RemovalOf(KindFieldView field) => $"{Rest}_remove.{field.Name}";

    public static IReadOnlyList<KindFieldView> FieldsOf(HandlerDescriptor? handler) =>
        handler is null ? [] : KindFieldView.Of(handler.ArgsType);

    public static bool IsSecret(KindFieldView field) => field.Type == "string" && JsonMask.IsTelling(field.Name);

    /// <summary>Whether a secret is stored that may be taken away.</summary>
    public static bool IsRemovable(KindFieldView field, JsonElement? args) =>
        IsSecret(field) && !field.IsRequired && args is { ValueKind: JsonValueKind.Object } whole
            && whole.TryGetProperty(field.Name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>What the field begins with.</summary>
    /// <param name="args">Null: nothing is there yet.</param>
    public static string First(KindFieldView field, JsonElement? args) =>
        !IsSecret(field) && args is { ValueKind: JsonValueKind.Object } whole
            && whole.TryGetProperty(field.Name, out var value) && value.ValueKind != JsonValueKind.Null
            ? Text(value) : "";

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Object or JsonValueKind.Array => JsonMask.Mask(value),
        _ => value.GetRawText(),
    };

    /// <summary>The JSON of what has no field of its own; null when that is nothing.</summary>
    public static string? FirstRest(IReadOnlyList<KindFieldView> fields, JsonElement? args)
    {
        if (args is not { } whole)
            return fields.Count == 0 ? "{}" : null;
        if (fields.Count == 0 || whole.ValueKind != JsonValueKind.Object)
            return JsonMask.Mask(whole);
        var rest = whole.EnumerateObject().Where(value => fields.All(field => !IsOf(field, value.Name)))
            .ToDictionary(value => value.Name, value => value.Value);
        return rest.Count > 0 ? JsonMask.Mask(JsonSerializer.SerializeToElement(rest)) : null;
    }

    private static bool IsOf(KindFieldView field, string name) =>
        name.Equals(field.Name, StringComparison.OrdinalIgnoreCase);

    /// <summary>The arguments that a form says.</summary>
    /// <param name="handler">Null: nothing here runs the kind.</param>
    /// <param name="old">The arguments that were edited; null where there were none.</param>
    /// <exception cref="InvalidFieldException">Names the field of the form.</exception>
    public static JsonElement Read(HandlerDescriptor? handler, Func<string, string?> form, JsonElement? old)
    {
        var fields = FieldsOf(handler);
        var rest = FormText.Json(Rest, form(Rest) ?? "{}");
        var args = fields.Count == 0 ? rest : Join(fields, form, rest, old);
        if (old is { } before)
            args = JsonMask.Restore(args, before);
        if (handler is not null)
            Check(handler, args);
        return args;
    }

    private static JsonElement Join(
        IReadOnlyList<KindFieldView> fields, Func<string, string?> form, JsonElement rest, JsonElement? old)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            foreach (var field in fields)
            {
                if (form(RemovalOf(field)) is null || !IsRemovable(field, old))
                    Write(writer, field, form(NameOf(field)), old);
            }
            if (rest.ValueKind != JsonValueKind.Object)
                throw new InvalidFieldException(Rest, "This is no JSON object.", "Write further fields in braces.");
            foreach (var value in rest.EnumerateObject().Where(value => !fields.Any(field => IsOf(field, value.Name))))
                value.WriteTo(writer);
            writer.WriteEndObject();
        }
        return JsonElement.Parse(bytes.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, KindFieldView field, string? text, JsonElement? old)
    {
        if (text is null && IsSecret(field) && old is { ValueKind: JsonValueKind.Object } before
            && before.TryGetProperty(field.Name, out var kept))
        {
            writer.WritePropertyName(field.Name);
            kept.WriteTo(writer);
            return;
        }
        if (text is null && field.IsRequired)
            throw Wrong(field, $"{field.Name} is missing.", "It has no default.");
        if (text is null)
            return;
        writer.WritePropertyName(field.Name);
        writer.WriteRawValue(ValueOf(field, text));
    }

    private static string ValueOf(KindFieldView field, string text) => field.Type switch
    {
        "boolean" when text is "true" or "false" => text,
        "boolean" => throw Wrong(field, $"'{text}' is neither true nor false.", "Write one of them."),
        "integer" => BigInteger.TryParse(
            text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
            ? whole.ToString(CultureInfo.InvariantCulture)
            : throw Wrong(field, $"'{text}' is no whole number.", "Write digits only."),
        "number" => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number.ToString(CultureInfo.InvariantCulture)
            : throw Wrong(field, $"'{text}' is no number.", "Write digits, with a point before decimals."),
        "array" or "object" or "any" => FormText.Json(NameOf(field), text).GetRawText(),
        _ => JsonSerializer.Serialize(text),
    };

    // The type knows more than the form: ranges, shapes, names of things.
    private static void Check(HandlerDescriptor handler, JsonElement args)
    {
        try
        {
            handler.Check(Encoding.UTF8.GetBytes(args.GetRawText()));
        }
        catch (ArgumentsException error)
        {
            var path = (error.InnerException as JsonException)?.Path ?? "";
            var name = path.Split('.', '[') is ["$", { Length: > 0 } first, ..] ? $"{Rest}.{first}" : Rest;
            throw new InvalidFieldException(name, name == Rest ? error.Message : "The value is not of its type.",
                name == Rest ? error.Hint : error.InnerException!.Message, error);
        }
    }

    private static InvalidFieldException Wrong(KindFieldView field, string message, string hint) =>
        new(NameOf(field), message, hint);
}
