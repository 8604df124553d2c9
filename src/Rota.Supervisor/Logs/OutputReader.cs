using Rota.Supervisor.Native;
using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Logs;

/// <summary>Reads one pipe of a process to its end; lives on the output thread.</summary>
/// <remarks>
/// It reads until the pipe's end, also after the process has ended, for a second: a descendant may hold the pipe open
/// for ever. While the log does not take what was read, the pipe is not read.
/// </remarks>
internal sealed class OutputReader(EventLoop loop, int descriptor, OutputSink sink, byte[] buffer, OutputPace pace)
{
    private const int PipeSize = 64 * 1024;
    private const int WidePipe = 256 * 1024;
    private const int FullReadsOfFlood = 16;
    private const int MostInOneDrain = 1024 * 1024;
    private static readonly TimeSpan AfterExit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan BeforeTelling = TimeSpan.FromSeconds(1);

    private LoopTimer? _retry;
    private LoopTimer? _end;
    private LoopTimer? _tell;
    private int _fullReads;

    public OutputChannel Channel => sink.Channel;

    public bool IsOpen { get; private set; }

    /// <summary>Called once, at the end.</summary>
    public Action? OnClosed { get; init; }

    public void Open()
    {
        IsOpen = true;
        Resume();
    }

    /// <summary>Stops reading, until <see cref="Resume"/>; null when the pipe has ended.</summary>
    public PipeHandOver? Park()
    {
        if (!IsOpen)
            return null;
        loop.Forget(descriptor);
        _retry?.Cancel();
        CancelTelling();
        return sink.Save(descriptor);
    }

    /// <summary>Reads on, or first writes what the log has not taken yet.</summary>
    public void Resume()
    {
        if (sink.IsStuck)
            Pause();
        else if (IsOpen)
            loop.Watch(descriptor, Epoll.Readable, _ => Read());
    }

    /// <summary>Reads what is there now, as far as that ends.</summary>
    public void Drain()
    {
        for (var total = 0; total < MostInOneDrain && IsOpen && !sink.IsStuck;)
        {
            var count = Read();
            if (count <= 0)
                return;
            total += count;
        }
    }

    /// <summary>The process has ended: the reading ends soon, too.</summary>
    public void Linger()
    {
        if (IsOpen)
            _end ??= loop.After(AfterExit, Close);
    }

    public void Close()
    {
        if (!IsOpen)
            return;
        IsOpen = false;
        loop.Forget(descriptor);
        Descriptors.Close(descriptor);
        _retry?.Cancel();
        _end?.Cancel();
        CancelTelling();
        if (sink.IsStuck)
            sink.Retry();
        sink.Finish();
        OnClosed?.Invoke();
    }

    private int Read()
    {
        if (!IsOpen || sink.IsStuck)
            return -1;
        var count = Descriptors.Read(descriptor, buffer);
        if (count > 0)
        {
            pace.Note(count);
            // One that floods gets a wider pipe: both sides then switch less often.
            if (count >= PipeSize && ++_fullReads == FullReadsOfFlood)
                Descriptors.TryWiden(descriptor, WidePipe);
            sink.Take(buffer.AsSpan(0, count));
            TellLater();
            if (sink.IsStuck)
                Pause();
        }
        else if (count == 0 || Errno.Last != Errno.Again)
        {
            Close();
        }
        return count;
    }

    /// <summary>Also of a process that says nothing more it is told what was dropped.</summary>
    private void TellLater()
    {
        if (!sink.HasDropped)
            return;
        _tell ??= loop.After(BeforeTelling, () =>
        {
            _tell = null;
            sink.TellDropped();
            TellLater();
        });
    }

    private void CancelTelling()
    {
        _tell?.Cancel();
        _tell = null;
    }

    private void Pause()
    {
        loop.Forget(descriptor);
        _retry = loop.After(BetweenTries, Retry);
    }

    private void Retry()
    {
        sink.Retry();
        if (sink.IsStuck)
            _retry = loop.After(BetweenTries, Retry);
        else
            Resume();
    }
}
