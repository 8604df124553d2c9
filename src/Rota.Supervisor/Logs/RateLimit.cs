using System.Buffers;
using System.Text;

namespace Rota.Supervisor.Logs;

/// <summary>Lets so many bytes a second through, by whole lines, and says afterwards what it dropped.</summary>
/// <remarks>
/// Each second has its bytes. A line that begins while some are left passes whole, also when it is longer, and the rest
/// is taken from the next second; all other lines are dropped until that begins. So there is at most one line about it
/// in a second. A line longer than <see cref="LineBytesMax"/> counts as several, so that none is endless. The process
/// never waits: what is over the limit is read and forgotten.
/// </remarks>
/// <param name="option">For the line that tells of it: `stdout_rate_limit`.</param>
/// <param name="bytesPerSecond">1 or more.</param>
internal sealed class RateLimit(string option, long bytesPerSecond, TimeProvider time)
{
    public const int LineBytesMax = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _out = new();
    private double _left = bytesPerSecond;
    private long _since = time.GetTimestamp();
    private int _lineBytes;
    private bool _isDropping;
    private bool _isOpenLine;
    private long _lines;
    private long _bytes;

    /// <summary>Something was dropped and is not told yet.</summary>
    public bool HasDropped => _bytes > 0;

    /// <summary>What passes, with a line about what did not before it; valid until the next call.</summary>
    public ReadOnlySpan<byte> Take(ReadOnlySpan<byte> bytes)
    {
        Begin();
        if (bytes.Length <= _left && !_isDropping && !HasDropped)
        {
            Pass(bytes);
            return bytes;
        }
        _out.ResetWrittenCount();
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var count = Math.Min(end < 0 ? bytes.Length : end + 1, LineBytesMax - _lineBytes);
            TakePart(bytes[..count]);
            bytes = bytes[count..];
        }
        return _out.WrittenSpan;
    }

    /// <summary>The line about what was dropped, once lines pass again; empty when there is nothing to say.</summary>
    /// <param name="isEnd">The stream is over: it is said in any case.</param>
    public ReadOnlySpan<byte> Tell(bool isEnd = false)
    {
        Begin();
        _out.ResetWrittenCount();
        if (isEnd || (_left > 0 && _lineBytes == 0))
            WriteNotice();
        return _out.WrittenSpan;
    }

    /// <summary>Part of a line, up to its end when it has one.</summary>
    private void TakePart(ReadOnlySpan<byte> part)
    {
        if (_lineBytes == 0)
            _isDropping = _left <= 0;
        if (_isDropping)
        {
            _bytes += part.Length;
            _lines += _lineBytes == 0 ? 1 : 0;
            _lineBytes = Next(part);
            return;
        }
        WriteNotice();
        Pass(part);
        _out.Write(part);
    }

    private void Pass(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        _left -= bytes.Length;
        _isOpenLine = bytes[^1] != '\n';
        _lineBytes = Next(bytes);
    }

    /// <summary>How long the line is that goes on after these bytes; 0 at the beginning of one.</summary>
    private int Next(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.LastIndexOf((byte)'\n');
        return (end < 0 ? _lineBytes + bytes.Length : bytes.Length - end - 1) % LineBytesMax;
    }

    private void WriteNotice()
    {
        if (!HasDropped)
            return;
        var before = _isOpenLine ? "\n" : "";
        _out.Write(Encoding.UTF8.GetBytes($"{before}{_lines} lines ({_bytes} bytes) dropped by {option}\n"));
        (_lines, _bytes, _isOpenLine) = (0, 0, false);
    }

    private void Begin()
    {
        var now = time.GetTimestamp();
        var seconds = Math.Floor(time.GetElapsedTime(_since, now).TotalSeconds);
        if (seconds >= 1)
            (_left, _since) = (Math.Min(bytesPerSecond, _left + seconds * bytesPerSecond), now);
    }
}
