using System.Text;
using System.Text.Unicode;

namespace Rota.Supervisor.Logs;

/// <summary>What a process wrote, as text for events and the main log.</summary>
internal static class LogText
{
    /// <summary>UTF-8, or `Undecodable: b'\xff'` as Python shows bytes.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) =>
        Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : "Undecodable: " + ReprOf(bytes);

    private static string ReprOf(ReadOnlySpan<byte> bytes)
    {
        var quote = bytes.Contains((byte)'\'') && !bytes.Contains((byte)'"') ? '"' : '\'';
        var text = new StringBuilder("b").Append(quote);
        foreach (var value in bytes)
        {
            _ = (char)value switch
            {
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\\' => text.Append("\\\\"),
                _ when value == quote => text.Append('\\').Append(quote),
                < ' ' or > '~' => text.Append($"\\x{value:x2}"),
                var letter => text.Append(letter),
            };
        }
        return text.Append(quote).ToString();
    }
}
