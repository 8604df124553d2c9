using System.Text;
using Microsoft.Extensions.Logging;

namespace Rota.Integrations;

/// <summary>Writes what a process says into a log, line by line as it comes.</summary>
internal static class LineLogger
{
    // Twice what the log keeps of a line: the log masks first and cuts then, so that half a secret is never kept.
    private const int CharactersMax = 16_384;

    /// <summary>Returns at the end of the text. What goes beyond the longest line is dropped up to the next
    /// break.</summary>
    public static async Task CopyAsync(TextReader reader, ILogger log, LogLevel level)
    {
        var line = new StringBuilder();
        var block = new char[4_096];
        for (int read; (read = await reader.ReadAsync(block)) > 0;)
        {
            var rest = block.AsSpan(0, read);
            for (int end; (end = rest.IndexOf('\n')) >= 0; rest = rest[(end + 1)..])
            {
                Append(line, rest[..end]);
                Write(line, log, level);
            }
            Append(line, rest);
        }
        if (line.Length > 0)
            Write(line, log, level);
    }

    private static void Append(StringBuilder line, ReadOnlySpan<char> text) =>
        line.Append(text[..Math.Min(text.Length, CharactersMax - line.Length)]);

    private static void Write(StringBuilder line, ILogger log, LogLevel level)
    {
        log.Output(level, line.ToString().TrimEnd('\r'));
        line.Clear();
    }
}
