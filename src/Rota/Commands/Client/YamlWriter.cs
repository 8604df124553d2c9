using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Rota.Commands;

/// <summary>Writes JSON as YAML that every reader takes the same way: text is in quotes unless it is plainly a word.
/// </summary>
internal static partial class YamlWriter
{
    private const int FlowCharactersMax = 80, TimeoutMs = 1_000;

    // What YAML 1.1 or 1.2 does not take for a text.
    private static readonly string[] Reserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

    public static string Write(JsonNode json)
    {
        var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false,
            maxSimpleKeyLength: 1024));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart());
        Write(emitter, json, depth: 0);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Write(Emitter emitter, JsonNode? json, int depth)
    {
        // What is short stands on one line, below the names of schedules and of their fields.
        var isFlow = depth > 2 && json?.ToJsonString().Length <= FlowCharactersMax;
        switch (json)
        {
            case JsonObject mapping:
                emitter.Emit(new MappingStart(null, null, isImplicit: true,
                    isFlow ? MappingStyle.Flow : MappingStyle.Block));
                foreach (var (name, value) in mapping)
                {
                    WriteText(emitter, name);
                    Write(emitter, value, depth + 1);
                }
                emitter.Emit(new MappingEnd());
                break;
            case JsonArray sequence:
                emitter.Emit(new SequenceStart(null, null, isImplicit: true,
                    isFlow ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (var item in sequence)
                    Write(emitter, item, depth + 1);
                emitter.Emit(new SequenceEnd());
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                WriteText(emitter, value.GetValue<string>());
                break;
            default:
                emitter.Emit(new Scalar(json?.ToJsonString() ?? "null"));
                break;
        }
    }

    private static void WriteText(Emitter emitter, string text)
    {
        var isPlain = Word.IsMatch(text) && !Reserved.Contains(text, StringComparer.OrdinalIgnoreCase);
        emitter.Emit(new Scalar(null, null, text, isPlain ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted,
            isPlainImplicit: isPlain, isQuotedImplicit: true));
    }

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_./-]*\z", RegexOptions.ExplicitCapture, TimeoutMs)]
    private static partial Regex Word { get; }
}
