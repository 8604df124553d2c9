using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Rota.Commands;

/// <summary>A YAML file as JSON that knows where each of its fields stands.</summary>
/// <param name="places">By path, such as <c>schedules.nightly.args</c>: <c>line:column</c>, from 1 on.</param>
internal sealed class YamlFile(string name, JsonNode? root, IReadOnlyDictionary<string, string> places)
{
    public JsonNode? Root => root;

    /// <summary>An error at a field, or at the nearest to it that is in the file.</summary>
    public InvalidFieldException Error(string path, string message, string hint) =>
        new(path, $"{PlaceOf(path)}: {message}", hint);

    /// <summary>File, line and column of a field.</summary>
    /// <param name="path">Its last part may stand deeper than the path says.</param>
    public string PlaceOf(string path)
    {
        if (places.TryGetValue(path, out var exact))
            return $"{name}:{exact}";
        for (var above = path; above.LastIndexOf('.') is > 0 and var end;)
        {
            above = above[..end];
            if (!places.TryGetValue(above, out var place))
                continue;
            var deeper = places.Keys.FirstOrDefault(
                key => key.StartsWith($"{above}.") && key.EndsWith(path[path.LastIndexOf('.')..]));
            return $"{name}:{(deeper is null ? place : places[deeper])}";
        }
        return name;
    }
}

/// <summary>Reads one document of YAML 1.2, which every JSON is too, and takes nothing that may surprise: no keys given
/// twice, no anchors, aliases or tags, no numbers other than JSON's.</summary>
/// <param name="file">Its name, for errors.</param>
/// <param name="hasTypes">Whether plain values at a path may be numbers, true or false, as in the core schema.
/// Elsewhere they are text, so that <c>0900</c> and <c>no</c> are what they look like.</param>
internal sealed partial class YamlReader(string file, Func<IReadOnlyList<string>, bool> hasTypes)
{
    private const int DepthMax = 32, TimeoutMs = 1_000;

    private readonly Dictionary<string, string> _places = [];
    private readonly List<string> _path = [];
    private int _depth;

    /// <exception cref="InvalidFieldException">It cannot be read; the message begins with file, line and column.
    /// </exception>
    public YamlFile Read(string text)
    {
        var events = new Parser(new StringReader(text));
        try
        {
            events.Consume<StreamStart>();
            JsonNode? root = null;
            if (events.TryConsume<DocumentStart>(out _))
            {
                root = ReadNode(events);
                events.Consume<DocumentEnd>();
            }
            if (!events.Accept<StreamEnd>(out _))
                throw Error(Place(events.Current!.Start), "The file has a second document.", "Write one document.");
            return new YamlFile(file, root, _places);
        }
        catch (YamlException error)
        {
            throw NoYaml(PlaceOfTab(error, text) ?? Place(error.Start), error.Message);
        }
        catch (Exception error) when (error is not RotaException)
        {
            throw NoYaml(Place(events.Current?.End ?? Mark.Empty), "It ends in between."); // the parser's own mistake
        }
    }

    private InvalidFieldException NoYaml(string place, string why) => Error(
        place, $"This is no YAML: {why}", "Mind brackets, quotes, and the indentation, which is of spaces.");

    // The parser says that there is a tab, and not where.
    private static string? PlaceOfTab(YamlException error, string text)
    {
        if (!error.Message.Contains("tab as indentation"))
            return null;
        var (line, tab) = text.Split('\n').Index()
            .Select(line => (line.Index, Tab: line.Item.AsSpan().IndexOfAnyExcept(' ') is >= 0 and var at
                && line.Item[at] == '\t' ? at : -1))
            .FirstOrDefault(line => line.Tab >= 0);
        return $"{line + 1}:{tab + 1}";
    }

    private JsonNode? ReadNode(Parser events)
    {
        if (events.Accept<AnchorAlias>(out _) || events.Accept<NodeEvent>(out var anchor) && !anchor.Anchor.IsEmpty)
            throw Error(Place(events.Current!.Start), "Anchors and aliases are not taken.", "Write the value out.");
        var node = events.Require<NodeEvent>();
        if (!node.Tag.IsEmpty)
            throw Error(Place(node.Start), $"The tag {node.Tag} is not taken.", "Leave it out; put text into quotes.");
        if (++_depth > DepthMax)
            throw Error(Place(node.Start), $"This stands in {DepthMax} others.", "Write it flatter.");
        JsonNode? json = node switch
        {
            MappingStart => ReadMapping(events),
            SequenceStart => ReadSequence(events),
            _ => ReadScalar(events.Consume<Scalar>()),
        };
        _depth--;
        return json;
    }

    private JsonObject ReadMapping(Parser events)
    {
        var mapping = new JsonObject();
        events.Consume<MappingStart>();
        while (!events.TryConsume<MappingEnd>(out _))
        {
            if (!events.TryConsume<Scalar>(out var key))
                throw Error(Place(events.Current!.Start), "A key is no text.", "Write key: value.");
            _path.Add(key.Value);
            _places[string.Join('.', _path)] = Place(key.Start);
            if (mapping.ContainsKey(key.Value))
                throw Error(Place(key.Start), $"'{key.Value}' is given twice.", "Leave out one of them.");
            mapping[key.Value] = ReadNode(events);
            _path.RemoveAt(_path.Count - 1);
        }
        return mapping;
    }

    private JsonArray ReadSequence(Parser events)
    {
        var sequence = new JsonArray();
        events.Consume<SequenceStart>();
        while (!events.TryConsume<SequenceEnd>(out _))
            sequence.Add(ReadNode(events));
        return sequence;
    }

    private JsonNode? ReadScalar(Scalar scalar)
    {
        var text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain)
            return JsonValue.Create(text);
        if (text is "" or "~" or "null" or "Null" or "NULL")
            return null;
        if (!hasTypes(_path))
            return JsonValue.Create(text);
        if (text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE")
            return JsonValue.Create(text[0] is 't' or 'T');
        if (JsonNumber.IsMatch(text))
            return JsonNode.Parse(text);
        return OtherNumber.IsMatch(text)
            ? throw Error(Place(scalar.Start), $"{text} may be a number or a text.",
                "Write a number as JSON does, such as 900 or 0.5, or a text in quotes.")
            : JsonValue.Create(text);
    }

    private static string Place(in Mark mark) => $"{mark.Line}:{mark.Column}";

    private InvalidFieldException Error(string place, string message, string hint) =>
        new("file", $"{file}:{place}: {message}", hint);

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\z", RegexOptions.ExplicitCapture, TimeoutMs)]
    private static partial Regex JsonNumber { get; }

    // What the core schema takes for a number, and JSON does not.
    [GeneratedRegex(@"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
        + @"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z", RegexOptions.ExplicitCapture, TimeoutMs)]
    private static partial Regex OtherNumber { get; }
}
