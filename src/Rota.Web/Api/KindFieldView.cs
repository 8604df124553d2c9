using System.Collections;
using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Rota.Web.Api;

/// <summary>A field of a kind's arguments.</summary>
/// <param name="Type">JSON's word for it: string, integer, number, boolean, array, object, any; or date-time.</param>
/// <param name="Description">What its <see cref="DescriptionAttribute"/> says; null where it has none.</param>
/// <param name="Choices">All that it may be; null where there is no list.</param>
/// <param name="Default">What it is when it is left out; null where that is nothing.</param>
internal sealed record KindFieldView(string Name, string Type, bool IsRequired, string? Description = null,
    IReadOnlyList<string>? Choices = null, RawJson? Default = null)
{
    /// <summary>Empty for a type that is no object of known fields.</summary>
    public static IReadOnlyList<KindFieldView> Of(Type args)
    {
        var info = RotaJson.Options.GetTypeInfo(args);
        return info.Kind == JsonTypeInfoKind.Object && args != typeof(object)
            ? [.. info.Properties
                .Where(property => property.Set is not null || property.AssociatedParameter is not null)
                .Select(From)]
            : [];
    }

    private static KindFieldView From(JsonPropertyInfo property) => new(property.Name, Word(property.PropertyType),
        RotaJson.IsNeeded(property), DescriptionOf(property), ChoicesOf(property.PropertyType), DefaultOf(property));

    // Of a record the attribute stands on the parameter, unless it is aimed at the property.
    private static string? DescriptionOf(JsonPropertyInfo property) =>
        new[] { property.AttributeProvider, property.AssociatedParameter?.AttributeProvider }
            .Select(place => place?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: true).FirstOrDefault())
            .OfType<DescriptionAttribute>().FirstOrDefault()?.Description;

    private static IReadOnlyList<string>? ChoicesOf(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsEnum && type.GetCustomAttribute<FlagsAttribute>() is null
            ? [.. Enum.GetValues(type).Cast<object>().Select(value =>
                JsonSerializer.SerializeToElement(value, type, RotaJson.Options).ToString())]
            : null;
    }

    private static RawJson? DefaultOf(JsonPropertyInfo property) =>
        property.AssociatedParameter is { HasDefaultValue: true, DefaultValue: { } value } && !IsTelling(property.Name)
            ? new RawJson(JsonSerializer.Serialize(value, property.PropertyType, RotaJson.Options))
            : null;

    private static bool IsTelling(string name) => Secrets.JsonMask.IsTelling(name);

    private static string Word(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return System.Type.GetTypeCode(type) switch
        {
            _ when type.IsEnum => "string",
            TypeCode.Boolean => "boolean",
            TypeCode.String or TypeCode.Char => "string",
            TypeCode.DateTime => "date-time",
            TypeCode.Single or TypeCode.Double or TypeCode.Decimal => "number",
            >= TypeCode.SByte and <= TypeCode.UInt64 => "integer",
            _ when type == typeof(DateTimeOffset) => "date-time",
            _ when type == typeof(Guid) || type == typeof(Uri) || type == typeof(TimeSpan) || type == typeof(byte[]) =>
                "string",
            _ when type == typeof(JsonElement) || type == typeof(object) => "any",
            _ when type.IsAssignableTo(typeof(IDictionary)) || IsMap(type) => "object",
            _ when type.IsAssignableTo(typeof(IEnumerable)) => "array",
            _ => "object",
        };
    }

    private static bool IsMap(Type type) => type.IsGenericType
        && type.GetGenericTypeDefinition() is var open
        && (open == typeof(IDictionary<,>) || open == typeof(IReadOnlyDictionary<,>));
}
