using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary>Arguments of a job as they are typed.</summary>
/// <remarks>One JSON object, or <c>@file</c> with one (<c>@-</c>: standard input), and over it single values:
/// <c>key=text</c>, <c>key:=json</c>, <c>key=@file</c>, <c>key:=@file</c>. The same key twice is an error.</remarks>
internal static class ArgsText
{
    private const string Shapes = "Write a JSON object, @file, key=text, key:=json, key=@file or key:=@file.";

    public static JsonObject Parse(IEnumerable<string> words, Terminal terminal)
    {
        JsonObject? whole = null;
        var single = new JsonObject();
        foreach (var word in words)
        {
            if (word.StartsWith('{') || word.StartsWith('@'))
            {
                if (whole is not null)
                    throw Wrong("The arguments are given twice as a whole.");
                whole = ParseWhole(word.StartsWith('@') ? Read(word[1..], terminal) : word);
            }
            else
            {
                AddSingle(single, word, terminal);
            }
        }
        whole ??= [];
        foreach (var (key, value) in single.ToList())
        {
            single.Remove(key);
            whole[key] = value;
        }
        return whole;
    }

    /// <summary>A file with JSON, or standard input.</summary>
    /// <param name="path"><c>-</c> for standard input.</param>
    public static JsonNode? ParseFile(string path, Terminal terminal) => ParseJson(path, Read(path, terminal));

    private static void AddSingle(JsonObject single, string word, Terminal terminal)
    {
        var equals = word.IndexOf('=');
        var isJson = equals > 0 && word[equals - 1] == ':';
        var key = equals < 0 ? "" : word[..(isJson ? equals - 1 : equals)];
        if (key.Length == 0)
            throw Wrong($"'{word}' is no argument.");
        if (single.ContainsKey(key))
            throw Wrong($"The key '{key}' is given twice.");
        var text = word[(equals + 1)..];
        if (text.StartsWith('@'))
            text = Read(text[1..], terminal);
        single[key] = isJson ? ParseJson(key, text) : JsonValue.Create(text);
    }

    private static JsonObject ParseWhole(string text) => ParseJson("args", text) as JsonObject
        ?? throw Wrong("The arguments as a whole are no JSON object.");

    private static JsonNode? ParseJson(string what, string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException error)
        {
            throw Wrong($"{what} is no JSON: {error.Message}");
        }
    }

    private static string Read(string path, Terminal terminal)
    {
        try
        {
            return path == "-" ? terminal.In.ReadToEnd() : File.ReadAllText(terminal.PathOf(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidFieldException("args", $"{path} cannot be read: {error.Message}", Shapes, error);
        }
    }

    private static InvalidFieldException Wrong(string message) => new("args", message, Shapes);
}
