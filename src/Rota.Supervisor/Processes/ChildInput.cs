using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes;

/// <summary>The writing end of a child's standard input. What the pipe does not take yet waits here.</summary>
internal sealed class ChildInput(EventLoop loop, int descriptor)
{
    private const int MostWaiting = 1024 * 1024;

    private readonly Queue<ReadOnlyMemory<byte>> _waiting = new();
    private int _waitingBytes;
    private bool _isClosed;

    /// <summary>Our end; null when it is closed.</summary>
    public int? Descriptor => _isClosed ? null : descriptor;

    /// <summary>What the pipe has not taken yet.</summary>
    public byte[] Waiting => [.. _waiting.SelectMany(bytes => bytes.ToArray())];

    /// <summary>False when the child has closed its end.</summary>
    /// <param name="isFull">Nothing was taken: too much waits already.</param>
    public bool TryWrite(ReadOnlyMemory<byte> bytes, out bool isFull)
    {
        isFull = !_isClosed && _waitingBytes > 0 && _waitingBytes + bytes.Length > MostWaiting;
        if (_isClosed || isFull)
            return !_isClosed;
        if (_waiting.Count == 0)
            bytes = bytes[WriteNow(bytes.Span)..];
        if (!bytes.IsEmpty && !_isClosed)
        {
            if (_waiting.Count == 0)
                loop.Watch(descriptor, Epoll.Writable, _ => WriteWaiting());
            _waiting.Enqueue(bytes);
            _waitingBytes += bytes.Length;
        }
        return !_isClosed;
    }

    public void Close()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        loop.Forget(descriptor);
        Descriptors.Close(descriptor);
    }

    private void WriteWaiting()
    {
        while (_waiting.TryPeek(out var bytes) && !_isClosed)
        {
            var written = WriteNow(bytes.Span);
            _waitingBytes -= written;
            _waiting.Dequeue();
            if (written == bytes.Length)
                continue;
            if (!_isClosed)
                PutBack(bytes[written..]);
            return;
        }
        if (!_isClosed)
            loop.Forget(descriptor);
    }

    private void PutBack(ReadOnlyMemory<byte> rest)
    {
        var behind = _waiting.ToArray();
        _waiting.Clear();
        _waiting.Enqueue(rest);
        foreach (var bytes in behind)
            _waiting.Enqueue(bytes);
    }

    private int WriteNow(ReadOnlySpan<byte> bytes)
    {
        var written = Descriptors.Write(descriptor, bytes);
        if (written < 0 && Errno.Last != Errno.Again)
            Close();
        return Math.Max(written, 0);
    }
}
