using System.Text;
using Rota.Supervisor.Logs;
using Xunit;

namespace Rota.Supervisor.Tests.Logs;

/// <summary>What is found in and taken out of the bytes of an output, wherever they are cut.</summary>
public class StreamTests
{
    private const string Begin = "<!--XSUPERVISOR:BEGIN-->";
    private const string End = "<!--XSUPERVISOR:END-->";

    [Fact]
    public void What_stands_between_the_marks_is_one_event_at_every_cut()
    {
        const string text = $"before<{Begin}one<!{End}between{Begin}two{End}after<!--XSUPER";
        for (var size = 1; size <= text.Length; size++)
        {
            var scanner = new CaptureScanner(1000);
            var pieces = text.Chunk(size).SelectMany(part => scanner.Take(Encoding.UTF8.GetBytes(part))).ToList();
            pieces.AddRange(scanner.Finish());
            Assert.Equal("before<betweenafter<!--XSUPER", Join(pieces, PieceKind.Output));
            Assert.Equal("one<!two", Join(pieces, PieceKind.Captured));
            Assert.Equal(["one<!", "two"], pieces.Where(piece => piece.Kind == PieceKind.Event)
                .Select(piece => Encoding.UTF8.GetString(piece.Bytes)));
        }
    }

    [Fact]
    public void Of_a_long_event_its_end_is_kept()
    {
        var scanner = new CaptureScanner(4);
        var pieces = scanner.Take(Encoding.UTF8.GetBytes($"{Begin}0123456789{End}"));
        Assert.Equal("6789", Join(pieces, PieceKind.Event));
    }

    [Fact]
    public void Colours_are_taken_out_at_every_cut()
    {
        const string text = "a\e[31mred\e[0m\e[2J b\e\e[1;1Hc\ed";
        for (var size = 1; size <= text.Length; size++)
        {
            var stripper = new AnsiStripper();
            var kept = text.Chunk(size).SelectMany(part => stripper.Strip(Encoding.UTF8.GetBytes(part))).ToArray();
            Assert.Equal("ared b\ec\ed", Encoding.UTF8.GetString(kept));
        }
    }

    [Theory]
    [InlineData(new byte[] { 0xc3, 0xbc }, "ü")]
    [InlineData(new byte[] { 0x61, 0xff, 0x0a, 0x27 }, "Undecodable: b\"a\\xff\\n'\"")]
    [InlineData(new byte[] { 0xff, 0x5c, 0x27, 0x22 }, "Undecodable: b'\\xff\\\\\\'\"'")]
    public void Bytes_that_are_no_text_are_shown_as_Python_shows_them(byte[] bytes, string text) =>
        Assert.Equal(text, LogText.Of(bytes));

    private static string Join(IEnumerable<OutputPiece> pieces, PieceKind kind) =>
        string.Concat(pieces.Where(piece => piece.Kind == kind).Select(piece => Encoding.UTF8.GetString(piece.Bytes)));
}
