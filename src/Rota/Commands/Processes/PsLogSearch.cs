using System.CommandLine;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary><c>rota ps logs NAME --grep PATTERN</c>: looks through a log and its rotated parts, where they are.
/// </summary>
internal static class PsLogSearch
{
    private static readonly Option<string?> Grep = new("--grep")
    {
        Description = "Print the lines that fit this regular expression, of the rotated parts too",
        HelpName = "PATTERN",
    };

    private static readonly Option<bool> IgnoreCase = new("--ignore-case", "-i")
    {
        Description = "Letters of either case fit",
    };

    private static readonly Option<int?> Context = new("--context", "-C")
    {
        Description = "Lines before and after each (default 0)",
    };

    private static readonly Option<int?> Limit = new("--limit")
    {
        Description = "The newest so many lines that fit (default 100, most 1000)",
    };

    public static IEnumerable<Symbol> Options => [Grep, IgnoreCase, Context, Limit];

    public static bool IsAsked(Session session) => session.Get(Grep) is not null;

    /// <returns>As grep: 1 when nothing fits.</returns>
    public static async Task<int> RunAsync(Session session, Supervisord daemon, string process, string channel)
    {
        var options = new OrderedDictionary<string, object?>
        {
            ["ignoreCase"] = session.Get(IgnoreCase),
            ["context"] = session.Get(Context) ?? 0,
            ["limit"] = session.Get(Limit) ?? 100,
        };
        var answer = (OrderedDictionary<string, object?>)(await daemon.AskAsync(proxy => proxy.CallAsync(
            "rota.searchLog", process, channel.ToLowerInvariant(), session.Get(Grep), options), process))!;
        var matches = ((List<object?>)answer["matches"]!).Cast<OrderedDictionary<string, object?>>().ToList();
        var isCut = answer["cut"] is true;
        var json = new JsonObject { ["items"] = new JsonArray([.. matches.Select(View)]), ["cut"] = isCut };
        session.Print(new Answer(200, json.ToJsonString()), _ => Write(session, matches));
        if (isCut && !session.IsJson)
            session.Terminal.Error.WriteLine("there is more, or older parts were not looked through: see --limit");
        return matches.Count > 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void Write(Session session, List<OrderedDictionary<string, object?>> matches)
    {
        var isFirst = true;
        foreach (var match in matches)
        {
            if (!isFirst && session.Get(Context) > 0)
                session.Terminal.Out.WriteLine("--");
            isFirst = false;
            foreach (var line in Lines(match, "before").Append($"{match["text"]}").Concat(Lines(match, "after")))
                session.Terminal.Out.WriteLine(session.Terminal.IsRich ? Clean.Line(line) : line);
        }
    }

    private static JsonObject View(OrderedDictionary<string, object?> match) => new()
    {
        ["file"] = $"{match["file"]}",
        ["line"] = match["line"] is > 0L and var number ? (long)number : null,
        ["text"] = $"{match["text"]}",
        ["before"] = new JsonArray([.. Lines(match, "before").Select(line => JsonValue.Create(line))]),
        ["after"] = new JsonArray([.. Lines(match, "after").Select(line => JsonValue.Create(line))]),
    };

    private static IEnumerable<string> Lines(OrderedDictionary<string, object?> match, string name) =>
        ((List<object?>)match[name]!).Select(line => $"{line}");
}
