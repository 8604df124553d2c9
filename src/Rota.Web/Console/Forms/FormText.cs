using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Rota.Web.Console.Forms;

/// <summary>What the fields of a form say. An empty one says nothing: null.</summary>
internal static class FormText
{
    public static Func<string, string?> Of(IFormCollection form) => name => Of(form[name]);

    public static Func<string, string?> Of(IQueryCollection address) => name => Of(address[name]);

    private static string? Of(StringValues value) => value.Count > 0 && value[0] is { Length: > 0 } text ? text : null;

    /// <exception cref="InvalidFieldException">It is no whole number.</exception>
    public static int? Number(string field, string? text) => text is null
        ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidFieldException(field, $"'{text}' is no whole number.", "Write digits only.");

    /// <summary>An instant as browsers pick it, which has no offset: it is of UTC.</summary>
    public static string? Utc(string? text) =>
        text is { Length: >= 16 } && text[10] is 'T' or ' ' && text.AsSpan(11).IndexOfAny('Z', '+', '-') < 0
            ? text + 'Z'
            : text;

    /// <summary>As the field for an instant begins with it.</summary>
    public static string Picked(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture);

    /// <exception cref="InvalidFieldException">It is none.</exception>
    public static JsonElement Json(string field, string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException error)
        {
            throw new InvalidFieldException(field, $"This is no JSON: line {error.LineNumber + 1}, byte "
                + $"{error.BytePositionInLine + 1}.", "Names and texts stand in double quotes.", error);
        }
    }
}
