using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Rota.Supervisor.Logs;

/// <summary>Makes an object of each line of a stream, wherever the reads cut it:
/// `{"time":"2026-11-22T05:00:00.123Z","stream":"stdout","group":"web","process":"web","pid":12,"line":"hello"}`.
/// </summary>
/// <remarks>The time is that of the read which brought the line's end. A line without an end is held until it has one,
/// or until <see cref="PieceBytes"/> of it are there: these become a piece with `"partial":true`, and the line's last
/// piece has no such mark. What is no UTF-8 becomes U+FFFD.</remarks>
internal sealed class JsonLines(string group, string process, int pid, OutputChannel channel, TimeProvider time)
{
    public const int PieceBytes = 64 * 1024;

    // Letters stay as they are: nobody puts a log into a page of HTML without escaping it.
    private static readonly JsonWriterOptions Readable =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ArrayBufferWriter<byte> _out = new();
    private readonly List<byte> _begun = [];

    /// <summary>The beginning of a line whose end has not come.</summary>
    public byte[] Begun => [.. _begun];

    /// <summary>All lines that end in these bytes; valid until the next call.</summary>
    public ReadOnlySpan<byte> Take(ReadOnlySpan<byte> bytes)
    {
        _out.ResetWrittenCount();
        while (bytes.IndexOf((byte)'\n') is >= 0 and var end)
        {
            TakeLine(bytes[..end]);
            bytes = bytes[(end + 1)..];
        }
        _begun.AddRange(bytes);
        WritePieces();
        return _out.WrittenSpan;
    }

    /// <summary>The stream is over: what has no end is a line all the same.</summary>
    public ReadOnlySpan<byte> Finish() => _begun.Count > 0 ? Take("\n"u8) : [];

    public void Restore(byte[] begun) => _begun.AddRange(begun);

    private void TakeLine(ReadOnlySpan<byte> end)
    {
        if (_begun.Count == 0 && end.Length < PieceBytes)
        {
            Write(end, isPartial: false);
            return;
        }
        _begun.AddRange(end);
        WritePieces();
        Write([.. _begun], isPartial: false);
        _begun.Clear();
    }

    private void WritePieces()
    {
        while (_begun.Count >= PieceBytes)
        {
            var piece = _begun[..PieceBytes].ToArray();
            var length = WholeLetters(piece);
            Write(piece.AsSpan(0, length), isPartial: true);
            _begun.RemoveRange(0, length);
        }
    }

    /// <summary>How much of it ends with a whole letter of UTF-8.</summary>
    private static int WholeLetters(ReadOnlySpan<byte> piece)
    {
        const int longestLetter = 4;
        for (var back = 1; back < longestLetter; back++)
        {
            var isContinued = (piece[^back] & 0b1100_0000) == 0b1000_0000;
            if (!isContinued)
                return Rune.DecodeFromUtf8(piece[^back..], out _, out _) == OperationStatus.NeedMoreData
                    ? piece.Length - back
                    : piece.Length;
        }
        return piece.Length;
    }

    private void Write(ReadOnlySpan<byte> line, bool isPartial)
    {
        using (var json = new Utf8JsonWriter(_out, Readable))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
            json.WriteString("stream"u8, channel.Word);
            json.WriteString("group"u8, group);
            json.WriteString("process"u8, process);
            json.WriteNumber("pid"u8, pid);
            if (Utf8.IsValid(line))
                json.WriteString("line"u8, line);
            else
                json.WriteString("line"u8, Encoding.UTF8.GetString(line));
            if (isPartial)
                json.WriteBoolean("partial"u8, true);
            json.WriteEndObject();
        }
        _out.Write("\n"u8);
    }
}
