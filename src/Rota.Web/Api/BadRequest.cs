using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Rota.Web.Api;

/// <summary>Says which field or place of a request could not be read.</summary>
/// <remarks>Only the framework's messages tell the names, so they are read; a test notices other words.</remarks>
internal static partial class BadRequest
{
    private const int TimeoutMs = 1_000;
    private const string Code = "request.invalid", SeeDocs = "The fields stand in /openapi/v1.json.";

    public static ProblemView TooLarge { get; } = ProblemView.Of(StatusCodes.Status413PayloadTooLarge, Code,
        "The body is too large.", "Send at most 12 MiB; put large data elsewhere and send where it is.");

    public static ProblemView ToProblem(BadHttpRequestException error) => error switch
    {
        { InnerException: JsonException json } => OfJson(json),
        { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLarge,
        { StatusCode: StatusCodes.Status415UnsupportedMediaType } => ProblemView.Of(error.StatusCode, Code,
            "The body is of a type that is not taken.", "Send 'Content-Type: application/json'."),
        _ when ParameterPattern.Match(error.Message) is { Success: true } match => ProblemView.Of(
            error.StatusCode, Code,
            match.Groups["value"] is { Success: true } value
                ? $"'{value.Value}' is no value for {Snake(match)}." : $"{Snake(match)} is missing.",
            SeeDocs, Snake(match)),
        _ => ProblemView.Of(error.StatusCode, Code, error.Message),
    };

    /// <summary>Reads a part of a body that was taken as it came.</summary>
    /// <exception cref="InvalidFieldException">It is not of that type; without a field where it is the whole.
    /// </exception>
    public static T Read<T>(JsonElement json)
    {
        try
        {
            return (T?)json.Deserialize(ApiJsonOptions.Value.GetTypeInfo(typeof(T)))
                ?? throw new JsonException("It is null.");
        }
        catch (JsonException error)
        {
            var problem = OfJson(error);
            throw new InvalidFieldException(problem.Field ?? "", problem.Detail, problem.Hint, error);
        }
    }

    private static string Snake(Match match) => JsonNamingPolicy.SnakeCaseLower.ConvertName(match.Groups["name"].Value);

    private static ProblemView OfJson(JsonException error)
    {
        if (UnknownPattern.Match(error.Message) is { Success: true } unknown)
            return Unknown(unknown.Groups["name"].Value, unknown.Groups["type"].Value);
        if (MissingPattern.Match(error.Message) is { Success: true } missing)
            return Invalid($"{missing.Groups["name"].Value} is missing.", SeeDocs, missing.Groups["name"].Value);
        var field = error.Path is { Length: > 2 } path ? path[2..] : null;
        return field is null
            ? Invalid($"The body is not the JSON that is expected (line {error.LineNumber + 1}, byte "
                + $"{error.BytePositionInLine + 1}).", SeeDocs, field: null)
            : Invalid($"The value of {field} is not of its type{LineOf(error)}.", SeeDocs, field);
    }

    // Of a body on one line it says nothing.
    private static string LineOf(JsonException error) =>
        error.LineNumber > 0 ? $" (line {error.LineNumber + 1})" : "";

    private static ProblemView Unknown(string name, string type)
    {
        var known = Fields(type);
        return Invalid($"There is no field '{name}'.", Words.Nearest(name, known) is { } nearest
            ? $"Did you mean '{nearest}'?" : $"The fields are: {string.Join(", ", known)}.", name);
    }

    private static ProblemView Invalid(string detail, string hint, string? field) =>
        ProblemView.Of(StatusCodes.Status400BadRequest, Code, detail, hint, field);

    private static IReadOnlyList<string> Fields(string type) =>
        typeof(BadRequest).Assembly.GetType(type) is { } found
            ? [.. ApiJsonOptions.Value.GetTypeInfo(found).Properties.Select(property => property.Name)]
            : [];

    [GeneratedRegex("""property '(?<name>[^']*)' could not be mapped .* type '(?<type>[^']*)'""",
        RegexOptions.None, TimeoutMs)]
    private static partial Regex UnknownPattern { get; }

    [GeneratedRegex("""missing required properties including: '(?<name>[^']*)'""", RegexOptions.None, TimeoutMs)]
    private static partial Regex MissingPattern { get; }

    [GeneratedRegex("""parameter "[^"]*?(?<name>\w+)"(?: from "(?<value>[^"]*)")?""", RegexOptions.None, TimeoutMs)]
    private static partial Regex ParameterPattern { get; }
}
