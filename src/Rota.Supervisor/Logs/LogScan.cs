using System.Text;

namespace Rota.Supervisor.Logs;

/// <summary>Goes through one file from its start, or from where a bound lets it begin, and keeps the last lines that
/// fit.</summary>
internal sealed class LogScan(string path, LogQuery query)
{
    private const int BufferBytes = 64 * 1024;
    private const int LineBytesMax = 16 * 1024;
    private const int KeptLettersMax = 4 * 1024 * 1024;

    private readonly Queue<LogMatch> _matches = new();
    private readonly Queue<string> _before = new();
    private readonly List<(LogMatch Match, List<string> After)> _open = [];
    private readonly List<byte> _line = [];
    private long _number;
    private int _letters;

    public IReadOnlyCollection<LogMatch> Matches => _matches;

    /// <summary>Not all of the file was read, or not all that fits was kept.</summary>
    public bool IsCut { get; private set; }

    public long BytesRead { get; private set; }

    /// <param name="bytesMax">Of a longer file the end is read.</param>
    /// <param name="isLate">Asked between pieces: stops the reading.</param>
    public void Run(long bytesMax, Func<bool> isLate)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete,
            bufferSize: 0);
        var length = file.Length;
        var isWhole = length <= bytesMax;
        IsCut = !isWhole;
        file.Position = isWhole ? 0 : length - bytesMax;
        var buffer = new byte[BufferBytes];
        var skipsFirst = !isWhole;
        while (BytesRead < bytesMax && file.Read(buffer) is > 0 and var count)
        {
            BytesRead += count;
            Take(buffer.AsSpan(0, count), isWhole, ref skipsFirst);
            if (!isLate())
                continue;
            IsCut = true;
            return;
        }
        if (_line.Count > 0 && !skipsFirst)
            EndLine(isWhole);
    }

    private void Take(ReadOnlySpan<byte> bytes, bool isWhole, ref bool skipsFirst)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var count = Math.Min(end < 0 ? bytes.Length : end, LineBytesMax - _line.Count);
            _line.AddRange(bytes[..count]);
            bytes = bytes[count..];
            if (bytes.IsEmpty)
                return;
            if (bytes[0] == '\n')
                bytes = bytes[1..];
            if (!skipsFirst)
                EndLine(isWhole);
            skipsFirst = false;
            _line.Clear();
        }
    }

    private void EndLine(bool isWhole)
    {
        var text = Encoding.UTF8.GetString([.. _line]).TrimEnd('\r');
        _line.Clear();
        _number++;
        foreach (var (_, after) in _open)
            after.Add(text);
        _open.RemoveAll(open => open.After.Count == query.Context);
        if (query.Pattern.IsMatch(text))
            Keep(text, isWhole ? _number : 0);
        _before.Enqueue(text);
        if (_before.Count > query.Context)
            _before.Dequeue();
    }

    private void Keep(string text, long number)
    {
        var after = new List<string>(query.Context);
        var match = new LogMatch(path, number, text, [.. _before], after);
        _matches.Enqueue(match);
        _letters += LettersOf(match);
        if (query.Context > 0)
            _open.Add((match, after));
        while (_matches.Count > query.Limit || (_letters > KeptLettersMax && _matches.Count > 1))
        {
            _letters -= LettersOf(_matches.Dequeue());
            IsCut = true;
        }
    }

    // What comes after is not there yet, and is about as much.
    private static int LettersOf(LogMatch match) => match.Text.Length + 2 * match.Before.Sum(line => line.Length);
}
