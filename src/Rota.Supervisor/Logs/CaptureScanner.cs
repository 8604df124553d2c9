namespace Rota.Supervisor.Logs;

/// <summary>Finds what a process says between the marks of a communication event, wherever the reads cut it.</summary>
/// <param name="maxBytes">The most that is kept of one event: its end.</param>
internal sealed class CaptureScanner(long maxBytes)
{
    private readonly List<byte> _captured = [];
    private byte[] _held = [];
    private bool _isCapturing;

    private static ReadOnlySpan<byte> Begin => "<!--XSUPERVISOR:BEGIN-->"u8;

    private static ReadOnlySpan<byte> End => "<!--XSUPERVISOR:END-->"u8;

    /// <summary>Takes the next bytes and returns them in pieces, without the marks. What may be the beginning of a mark
    /// is held back until the next call.</summary>
    public IReadOnlyList<OutputPiece> Take(ReadOnlySpan<byte> bytes)
    {
        var pieces = new List<OutputPiece>();
        var rest = _held.Length == 0 ? bytes : [.. _held, .. bytes];
        while (true)
        {
            var mark = _isCapturing ? End : Begin;
            var at = rest.IndexOf(mark);
            if (at < 0)
            {
                var held = LengthOfBeginning(rest, mark);
                Add(pieces, rest[..^held]);
                _held = rest[^held..].ToArray();
                return pieces;
            }
            Add(pieces, rest[..at]);
            rest = rest[(at + mark.Length)..];
            if (_isCapturing)
                pieces.Add(new([.. _captured], PieceKind.Event));
            _captured.Clear();
            _isCapturing = !_isCapturing;
        }
    }

    /// <summary>Where it is in its stream, for <see cref="Restore"/>.</summary>
    public (byte[] Held, byte[] Captured, bool IsCapturing) Save() => (_held, [.. _captured], _isCapturing);

    public void Restore(byte[] held, byte[] captured, bool isCapturing)
    {
        (_held, _isCapturing) = (held, isCapturing);
        _captured.AddRange(captured);
    }

    /// <summary>The stream is over: what was held back was no mark.</summary>
    public IReadOnlyList<OutputPiece> Finish()
    {
        var pieces = new List<OutputPiece>();
        Add(pieces, _held);
        _held = [];
        return pieces;
    }

    private void Add(List<OutputPiece> pieces, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        pieces.Add(new(bytes.ToArray(), _isCapturing ? PieceKind.Captured : PieceKind.Output));
        if (!_isCapturing)
            return;
        _captured.AddRange(bytes);
        if (_captured.Count > maxBytes)
            _captured.RemoveRange(0, (int)(_captured.Count - maxBytes));
    }

    private static int LengthOfBeginning(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> mark)
    {
        for (var length = Math.Min(mark.Length - 1, bytes.Length); length > 0; length--)
        {
            if (bytes.EndsWith(mark[..length]))
                return length;
        }
        return 0;
    }
}

/// <summary>`Captured` stands between marks; `Event` is all of it once more, when the end mark has come.</summary>
internal enum PieceKind { Output, Captured, Event }

internal readonly record struct OutputPiece(byte[] Bytes, PieceKind Kind);
