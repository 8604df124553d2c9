using Rota.Commands;
using Xunit;

namespace Rota.Tests.Commands;

public sealed class ArgsTextTests : IDisposable
{
    private readonly CommandRun _run = new() { Input = """{"from":"stdin"}""" };

    [Theory]
    [InlineData("", "{}")]
    [InlineData("name=Mars", """{"name":"Mars"}""")]
    [InlineData("name=", """{"name":""}""")]
    [InlineData("count:=42", """{"count":42}""")]
    [InlineData("on:=true name=a=b", """{"name":"a=b","on":true}""")]
    [InlineData("gone:=null", """{"gone":null}""")]
    [InlineData("""{"a":1}""", """{"a":1}""")]
    [InlineData("""{"a":1} a:=2 b=3""", """{"a":2,"b":"3"}""")]
    [InlineData("@args.json b=3", """{"file":true,"b":"3"}""")]
    [InlineData("@-", """{"from":"stdin"}""")]
    [InlineData("text=@args.json", """{"text":"{\"file\":true}"}""")]
    [InlineData("whole:=@args.json", """{"whole":{"file":true}}""")]
    public void Reads_what_people_type(string words, string expected)
    {
        File.WriteAllText(Path.Combine(_run.Folder, "args.json"), """{"file":true}""");

        var args = ArgsText.Parse(words.Split(' ', StringSplitOptions.RemoveEmptyEntries), _run.Terminal);

        Assert.True(System.Text.Json.Nodes.JsonNode.DeepEquals(System.Text.Json.Nodes.JsonNode.Parse(expected), args),
            args.ToJsonString());
    }

    [Theory]
    [InlineData("Mars", "'Mars' is no argument.")]
    [InlineData("=x", "'=x' is no argument.")]
    [InlineData(":=1", "':=1' is no argument.")]
    [InlineData("a=1 a=2", "The key 'a' is given twice.")]
    [InlineData("a=1 a:=2", "The key 'a' is given twice.")]
    [InlineData("{} {}", "The arguments are given twice as a whole.")]
    [InlineData("a:=nope", "a is no JSON")]
    [InlineData("@missing.json", "missing.json cannot be read")]
    public void Refuses_everything_else_and_says_what_to_write(string words, string expected)
    {
        var error = Assert.Throws<InvalidFieldException>(() => ArgsText.Parse(words.Split(' '), _run.Terminal));

        Assert.StartsWith(expected, error.Message);
        Assert.Contains("key:=json", error.Hint);
    }

    public void Dispose() => _run.Dispose();
}
