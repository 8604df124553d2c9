using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Client;

/// <summary>A place in a log of a process, from which it is read line by line as it grows.</summary>
/// <remarks>The API tells text for a range of bytes, so pieces are asked for by bytes, and never measured by their
/// text: XML turns CR LF into LF. A piece may end within a letter: then it is asked for up to three bytes shorter.
/// Where supervisord stumbles over bytes that are no UTF-8, halves are asked for until what is wrong stands alone. A
/// log that is smaller than the place was emptied or rotated, and is read from its start.</remarks>
/// <param name="position">In bytes.</param>
public sealed class LogCursor(
    SupervisorClient client, ProcessName name, OutputChannel channel, long position)
{
    private const int PieceBytes = 64 * 1024, LineCharactersMax = 16 * 1024, LetterBytesMax = 4;
    private const int Patience = 5; // looks after which an unfinished line, such as a question, is told
    private const char Wrong = '\uFFFD', Escape = '\u001b';

    private int _looks;
    private bool _isInsideLine;

    /// <summary>Behind what was read.</summary>
    public long Position { get; private set; } = position;

    /// <summary>What was read of the last line, whose end has not come yet.</summary>
    public string Unfinished { get; private set; } = "";

    /// <summary>A cursor so far before the end, at the start of a line.</summary>
    /// <param name="bytes">1 or more.</param>
    public static async Task<LogCursor> BeforeEndAsync(SupervisorClient client, ProcessName name,
        OutputChannel channel, int bytes, CancellationToken stop)
    {
        var start = Math.Max(0, await client.LogSizeAsync(name, channel, stop) - bytes);
        return new LogCursor(client, name, channel, start) { _isInsideLine = start > 0 };
    }

    /// <summary>Lines behind the place, oldest first; none where there is nothing new. At most one piece of 64 KiB.
    /// </summary>
    public async Task<IReadOnlyList<string>> ReadAsync(CancellationToken stop)
    {
        var size = await client.LogSizeAsync(name, channel, stop);
        if (size < Position)
            (Position, Unfinished, _isInsideLine) = (0, "", false);
        if (size == Position)
            return Unfinished.Length > 0 && ++_looks >= Patience ? Rest() : [];
        var (text, bytes) = await PieceAsync((int)Math.Min(PieceBytes, size - Position), stop);
        Position += bytes;
        return Split(text);
    }

    /// <summary>All lines up to the end that the log has now, an unfinished one too.</summary>
    public async Task<IReadOnlyList<string>> ReadToEndAsync(CancellationToken stop)
    {
        var (lines, end) = (new List<string>(), await client.LogSizeAsync(name, channel, stop));
        while (Position < end)
        {
            var before = Position;
            lines.AddRange(await ReadAsync(stop));
            if (Position <= before)
                break; // emptied meanwhile
        }
        return [.. lines, .. Rest()];
    }

    private string[] Split(string text)
    {
        if (_isInsideLine)
        {
            var end = text.IndexOf('\n');
            (text, _isInsideLine) = (text[(end + 1)..], end < 0);
        }
        _looks = 0;
        // The escape of a colour, which came as a wrong letter, for those who know how to leave colours out.
        var parts = (Unfinished + text.Replace($"{Wrong}[", $"{Escape}[")).Split('\n');
        Unfinished = parts[^1];
        return Unfinished.Length > LineCharactersMax ? [.. parts[..^1], .. Rest()] : parts[..^1];
    }

    private string[] Rest()
    {
        var rest = Unfinished;
        (Unfinished, _looks) = ("", 0);
        return rest.Length > 0 ? [rest] : [];
    }

    private async Task<(string Text, int Bytes)> PieceAsync(int length, CancellationToken stop)
    {
        for (var shorter = 0; shorter < Math.Min(LetterBytesMax, length); shorter++)
        {
            var text = await client.ReadLogAsync(name, channel, Position, length - shorter, stop);
            if (text is not null && !text.EndsWith(Wrong))
                return (text, length - shorter);
        }
        for (; length > 0; length /= 2)
        {
            if (await client.ReadLogAsync(name, channel, Position, length, stop) is { } text)
                return (text, length);
        }
        return ($"{Wrong}", 1);
    }
}
