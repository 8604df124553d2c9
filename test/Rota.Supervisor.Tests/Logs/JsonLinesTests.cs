using System.Text;
using System.Text.Json;
using Rota.Supervisor.Logs;
using Xunit;

namespace Rota.Supervisor.Tests.Logs;

/// <summary>Lines as objects.</summary>
public class JsonLinesTests
{
    private const string Begin = """
        {"time":"2026-01-31T23:59:00.000Z","stream":"stderr","group":"g","process":"p","pid":7,"line":
        """;

    private readonly JsonLines _lines = new("g", "p", 7, OutputChannel.Stderr, new ManualTime());

    [Fact]
    public void A_line_is_an_object_when_its_end_has_come()
    {
        Assert.Equal(Begin + "\"one\"}\n", Take("one\ntw"u8));
        Assert.Equal(Begin + "\"two\"}\n" + Begin + "\"\"}\n", Take("o\n\n"u8));
        Assert.Equal("", Take("three"u8));
        Assert.Equal(Begin + "\"three\"}\n", Encoding.UTF8.GetString(_lines.Finish()));
        Assert.Equal(0, _lines.Finish().Length);
    }

    [Fact]
    public void Signs_of_JSON_are_escaped_letters_stay_and_what_is_no_text_becomes_a_mark()
    {
        Assert.Equal(Begin + """
            "\"a\\\u001B[1m <é>"}
            """ + "\n", Take("\"a\\\u001b[1m <é>\n"u8));
        Assert.Equal(Begin + "\"a\ufffdb\"}\n", Take([(byte)'a', 0xff, (byte)'b', (byte)'\n']));
    }

    [Fact]
    public void A_line_too_long_comes_in_marked_pieces_that_cut_no_letter()
    {
        var text = "x" + string.Concat(Enumerable.Repeat("é", JsonLines.PieceBytes));
        var pieces = Take(Encoding.UTF8.GetBytes(text + "\nnext\n")).TrimEnd('\n').Split('\n')
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal([true, true, false, false], pieces.Select(piece => piece.TryGetProperty("partial", out _)));
        Assert.Equal(text, string.Concat(pieces[..3].Select(piece => piece.GetProperty("line").GetString())));
        Assert.DoesNotContain('\ufffd', text);
    }

    [Fact]
    public void A_random_stream_comes_out_whole_however_it_is_cut()
    {
        const int seed = 20261122;
        var random = new Random(seed);
        var lines = Enumerable.Range(0, 300).Select(_ => new string('z', random.Next(2_000))).ToList();
        var bytes = Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");
        var all = new StringBuilder();
        for (var at = 0; at < bytes.Length;)
        {
            var count = Math.Min(random.Next(1, 5_000), bytes.Length - at);
            all.Append(Take(bytes.AsSpan(at, count)));
            at += count;
        }
        var found = all.ToString().TrimEnd('\n').Split('\n')
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("line").GetString());
        Assert.Equal(lines, found);
    }

    private string Take(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(_lines.Take(bytes));
}
