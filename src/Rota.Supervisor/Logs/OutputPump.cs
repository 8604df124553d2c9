using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Logs;

/// <summary>The output thread: reads the pipes of all processes and writes all logs, so that a slow or full disk never
/// stops the supervisor.</summary>
/// <remarks>At most one buffer is read from a pipe before the other pipes have their turn.</remarks>
internal sealed class OutputPump : IDisposable
{
    private const int BufferSize = 128 * 1024;

    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly OutputPace _pace;

    public OutputPump(TimeProvider time, Func<EventLoop, MainLog> log)
    {
        Loop = new EventLoop("output", time, error => Log!.Critical($"error while logging: {error}"));
        Log = log(Loop);
        _pace = new(time);
        Loop.Pace = _pace.Next;
    }

    public EventLoop Loop { get; }

    public MainLog Log { get; }

    /// <summary>For all logs that are written here.</summary>
    public FileRemoval Removal { get; } = new();

    /// <summary>From any thread: begins to read a pipe of a process that was just made.</summary>
    /// <param name="logDescriptor">Of the sink's log, just opened; null when there is none.</param>
    public OutputReader Read(int descriptor, OutputSink sink, int? logDescriptor)
    {
        var reader = new OutputReader(Loop, descriptor, sink, _buffer, _pace)
        {
            OnClosed = () =>
            {
                if (logDescriptor is not null)
                    sink.File!.Leave();
            },
        };
        Loop.Post(() =>
        {
            if (logDescriptor is { } log)
                sink.File!.Join(log);
            reader.Open();
        });
        return reader;
    }

    /// <summary>From any thread: reads what the pipes hold, then calls back on the output thread.</summary>
    public void Drain(IReadOnlyList<OutputReader> readers, Action then) => Loop.Post(() =>
    {
        foreach (var reader in readers)
            reader.Drain();
        then();
    });

    /// <summary>From another thread: waits until what is said is written, for a second at most.</summary>
    public void Flush()
    {
        using var isWritten = new ManualResetEventSlim();
        Loop.Post(isWritten.Set);
        isWritten.Wait(TimeSpan.FromSeconds(1));
    }

    public void Dispose()
    {
        Loop.Dispose();
        Log.Dispose();
    }
}
