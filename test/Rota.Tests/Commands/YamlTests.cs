using System.Text.Json.Nodes;
using Rota.Commands;
using Rota.Web.Api;
using Xunit;

namespace Rota.Tests.Commands;

/// <summary>YAML as JSON: what is read, what is refused and where, what is written.</summary>
public sealed class YamlTests
{
    private static YamlFile Read(string text) =>
        new YamlReader("a.yaml", path => path.Contains("typed")).Read(text);

    private static string Json(string text) => Read(text).Root!.ToJsonString();

    [Theory]
    [InlineData("on: 1", """{"on":"1"}""")]
    [InlineData("a: no", """{"a":"no"}""")]
    [InlineData("a: 0900", """{"a":"0900"}""")]
    [InlineData("a: 2026-01-01", """{"a":"2026-01-01"}""")]
    [InlineData("a: true", """{"a":"true"}""")]
    [InlineData("a: ~", """{"a":null}""")]
    [InlineData("a: '~'", """{"a":"~"}""")]
    [InlineData("typed: [no, 2026-01-01, 12:30, 1_000]", """{"typed":["no","2026-01-01","12:30","1_000"]}""")]
    [InlineData("typed: [true, False, null, '1', 1, -2.50, 1e3]", """{"typed":[true,false,null,"1",1,-2.50,1e3]}""")]
    [InlineData("typed: 12345678901234567890123", """{"typed":12345678901234567890123}""")]
    [InlineData("a: |\n  two\n  lines\nb: >-\n  one\n  line", """{"a":"two\nlines\n","b":"one line"}""")]
    [InlineData("# why\n\"a\":\n- b # so\n", """{"a":["b"]}""")]
    [InlineData("{\n\t\"a\": {\"b\":[\"\\u00e9\\/\"]}\n}", """{"a":{"b":["\u00E9/"]}}""")]
    [InlineData("%YAML 1.2\n---\na: b\n...\n", """{"a":"b"}""")]
    public void Text_stays_text_and_types_are_those_of_JSON(string yaml, string json) => Assert.Equal(json, Json(yaml));

    [Theory]
    [InlineData("a: 1\nb: 2\na: 3", "3:1", "'a' is given twice")]
    [InlineData("a: {b: 1, b: 2}", "1:11", "'b' is given twice")]
    [InlineData("a:\n\tb: 1", "2:1", "This is no YAML")]
    [InlineData("a: [1, 2", "2:1", "This is no YAML")]
    [InlineData("a: b: c", "1:5", "This is no YAML")]
    [InlineData("a: &x 1", "1:4", "Anchors and aliases")]
    [InlineData("a: *x", "1:4", "Anchors and aliases")]
    [InlineData("a: !!int 1", "1:4", "The tag")]
    [InlineData("a: ! b", "1:4", "The tag")]
    [InlineData("a: 1\n---\nb: 1", "2:1", "The file has a second document")]
    [InlineData("? [a]\n: b", "1:3", "A key is no text")]
    [InlineData("typed: 0900", "1:8", "0900 may be a number or a text")]
    [InlineData("typed: 0x1F", "1:8", "0x1F may be a number or a text")]
    [InlineData("typed: .inf", "1:8", ".inf may be a number or a text")]
    [InlineData("typed: +5", "1:8", "+5 may be a number or a text")]
    public void What_may_surprise_is_refused_with_its_place(string yaml, string place, string says)
    {
        var error = Assert.Throws<InvalidFieldException>(() => Read(yaml));

        Assert.StartsWith($"a.yaml:{place}: {says}", error.Message);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public void Whatever_the_text_is_it_is_read_or_refused()
    {
        const string Text =
            "a: {b: [1, 'two', \"three\"], c: ~}\nd:\n  - e: |\n      f\n  - *g\n? h\n: !i j # k\n--- \t%\n";
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var run = 0; run < 2_000; run++)
        {
            var text = Text.ToCharArray();
            for (var change = 0; change < 4; change++)
                text[random.Next(text.Length)] = Text[random.Next(Text.Length)];
            var yaml = new string(text)[..random.Next(text.Length)];
            if (Record.Exception(() => Read(yaml)) is { } error)
                Assert.True(error is InvalidFieldException, $"seed {seed}: {error.GetType()} of:\n{yaml}");
        }
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("[a: ")]
    [InlineData("- ")]
    public void Deep_nesting_is_refused(string open)
    {
        var text = string.Concat(Enumerable.Repeat(open, 200_000));

        var error = Assert.Throws<InvalidFieldException>(() => Read(text));
        Assert.Contains("stands in 32 others", error.Message);
    }

    [Theory]
    [InlineData("s.a.b", "2:3")]
    [InlineData("s.a.b.deeper", "2:3")]
    [InlineData("s.a.cron", "4:5")]
    [InlineData("s.a.nothing", "1:5")]
    public void A_field_is_found_where_it_stands_or_at_the_nearest(string path, string place)
    {
        var file = Read("s: {a: {\n  b: 1,\n  c: {\n    cron: x}}}");

        Assert.Equal($"a.yaml:{place}", file.PlaceOf(path));
    }

    [Fact]
    public void What_is_written_is_read_as_the_same()
    {
        var json = JsonNode.Parse("""
            {"schedules": {"a.b": {"trigger": {"cron": "0 2 * * *"}, "args": {"n": 1, "x": -1.50, "t": "1", "no": "no",
            "e": "", "null": null, "yes": true, "s": " a: b # c", "l": ["one", "two\nlines", "\u00e9\ud83d\ude00", "~"],
            "o": {}, "q": "it's \"quoted\"", "long": "0123456789 0123456789 0123456789 0123456789 0123456789",
            "d": "2026-01-01", "tab": "a\tb", "z": "0900", "dash": "- a", "end": "a\n", "empty": []}}}}
            """)!;
        var text = YamlWriter.Write(json);

        var read = new YamlReader("a.yaml", ScheduleFile.HasTypes).Read(text).Root;
        Assert.True(JsonNode.DeepEquals(json, read), text);
        Assert.Contains("    trigger: {cron: \"0 2 * * *\"}\n", text);
    }

    /// <summary>The command knows by itself which fields of the API are more than text.</summary>
    [Fact]
    public void The_types_of_a_rule_are_those_of_the_API()
    {
        var typed = Fields(typeof(ScheduleRuleRequest), ["schedules", "nightly"])
            .Where(field => field.Path[^1] is not ("trigger" or "secrets"))
            .Select(field => (Path: string.Join('.', field.Path[2..]), IsText: IsText(field.Type),
                HasTypes: ScheduleFile.HasTypes(field.Path)));

        Assert.DoesNotContain(typed, field => field.IsText == field.HasTypes);

        static IEnumerable<(string[] Path, Type Type)> Fields(Type type, string[] path) =>
            ApiJsonOptions.Value.GetTypeInfo(type).Properties.SelectMany(property =>
            {
                string[] own = [.. path, property.Name];
                return property.PropertyType.Assembly == typeof(ScheduleRuleRequest).Assembly
                    ? Fields(property.PropertyType, own) : [(own, property.PropertyType)];
            });

        static bool IsText(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var plain
            && (plain == typeof(string) || plain.IsEnum || plain == typeof(IReadOnlyList<string>)
                || plain == typeof(IReadOnlyDictionary<string, string>));
    }
}
