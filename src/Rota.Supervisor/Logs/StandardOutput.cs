using Rota.Supervisor.Native;
using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Logs;

/// <summary>The main log on our standard output; lives on the output thread.</summary>
/// <remarks>Whoever reads it may stop reading (a terminal after Ctrl-S, a full pipe). Lines then wait here, and the
/// oldest fall out beyond a limit: the log's file has them all, and no log waits for a reader.</remarks>
internal sealed class StandardOutput(EventLoop loop)
{
    private const int Number = 1;
    private const int MostWaiting = 10_000;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(100);

    private readonly Queue<byte[]> _waiting = new();
    private LoopTimer? _retry;
    private int _written;

    public void Write(byte[] line)
    {
        if (_waiting.Count == MostWaiting)
        {
            _waiting.Dequeue();
            _written = 0;
        }
        _waiting.Enqueue(line);
        if (_retry is null)
            WriteWaiting();
    }

    /// <summary>Writes as much as is taken now.</summary>
    public void WriteWaiting()
    {
        _retry = null;
        while (_waiting.TryPeek(out var line))
        {
            if (!Descriptors.IsWritable(Number))
            {
                _retry = loop.After(BetweenTries, WriteWaiting);
                return;
            }
            var part = line.AsSpan(_written, Math.Min(line.Length - _written, Descriptors.SurelyTaken));
            var count = Descriptors.Write(Number, part);
            // One that cannot be written to at all loses the line.
            _written = count < 0 ? line.Length : _written + count;
            if (_written < line.Length)
                continue;
            _waiting.Dequeue();
            _written = 0;
        }
    }
}
