using Rota.Supervisor.Native;
using Rota.Supervisor.Processes.Readiness;

namespace Rota.Supervisor.Logs;

/// <summary>What is done with the bytes of one output of one run of a process, on the output thread.</summary>
/// <remarks>Bytes that the log does not take (a full disk) stay here, and the reader stops reading meanwhile: the
/// process then waits for its own output, and nothing is lost.</remarks>
internal sealed class OutputSink(string process, OutputChannel channel, MainLog log)
{
    private readonly string _word = channel.Word;
    private byte[] _held = [];
    private bool _isReported;

    public OutputChannel Channel => channel;

    /// <summary>Null: nowhere.</summary>
    public LogFile? File { get; init; }

    public bool ToSyslog { get; init; }

    public AnsiStripper? Ansi { get; init; }

    public RateLimit? Limit { get; init; }

    /// <summary>Null: lines stand in the log as they are.</summary>
    public JsonLines? Json { get; init; }

    public CaptureScanner? Capture { get; init; }

    /// <summary>The words of a listener, which are a protocol.</summary>
    public Action<byte[]>? OnWords { get; init; }

    /// <summary>Looks at all that comes, for the sign of `ready_when=log:`.</summary>
    public LinePattern? Awaited { get; init; }

    /// <summary>For the event PROCESS_LOG.</summary>
    public Action<byte[]>? OnLog { get; init; }

    /// <summary>For the event PROCESS_COMMUNICATION.</summary>
    public Action<byte[]>? OnCaptured { get; init; }

    /// <summary>It holds bytes that the log has not taken yet.</summary>
    public bool IsStuck => _held.Length > 0;

    /// <summary>Lines were dropped by the limit, and the log does not say so yet.</summary>
    public bool HasDropped => Limit is { HasDropped: true };

    public void Take(ReadOnlySpan<byte> bytes)
    {
        OnWords?.Invoke(bytes.ToArray());
        Awaited?.Take(bytes);
        if (Capture is null)
            Pass(bytes, PieceKind.Output);
        else
            PassAll(Capture.Take(bytes));
    }

    /// <summary>The stream is over.</summary>
    public void Finish()
    {
        if (Capture is not null)
            PassAll(Capture.Finish());
        if (Limit is not null)
            WriteLimited(Limit.Tell(isEnd: true));
        if (Json is not null)
            Append(Json.Finish());
        if (IsStuck)
            log.Error($"{_held.Length} bytes of the {_word} of '{process}' are lost: its log could not be written");
    }

    /// <summary>Where it is in the stream of this pipe, for <see cref="Restore"/>.</summary>
    public PipeHandOver Save(int descriptor)
    {
        var (held, captured, isCapturing) = Capture?.Save() ?? ([], [], false);
        if (Limit is not null)
            WriteLimited(Limit.Tell(isEnd: true));
        return new(descriptor, held, captured, isCapturing, _held, Json?.Begun);
    }

    public void Restore(PipeHandOver former)
    {
        Capture?.Restore(former.Held, former.Captured, former.IsCapturing);
        _held = former.Unwritten;
        Json?.Restore(former.BegunLine ?? []);
    }

    /// <summary>Tries to write what is held.</summary>
    public void Retry()
    {
        var held = _held;
        _held = [];
        Append(held);
    }

    /// <summary>Says what was dropped, once lines pass again.</summary>
    public void TellDropped()
    {
        if (HasDropped)
            WriteLimited(Limit!.Tell());
    }

    private void PassAll(IReadOnlyList<OutputPiece> pieces)
    {
        foreach (var piece in pieces)
            Pass(piece.Bytes, piece.Kind);
    }

    private void Pass(ReadOnlySpan<byte> bytes, PieceKind kind)
    {
        if (bytes.IsEmpty && kind != PieceKind.Event)
            return;
        if (kind == PieceKind.Event)
        {
            OnCaptured?.Invoke(bytes.ToArray());
            log.Debug($"'{process}' {_word} emitted a comm event");
            return;
        }
        if (Ansi is not null)
            bytes = Ansi.Strip(bytes);
        if (kind == PieceKind.Output)
            Write(bytes);
        if (log.Writes(Config.LogLevel.Debug))
            log.Debug($"'{process}' {_word} output:\n{LogText.Of(bytes)}");
        OnLog?.Invoke(bytes.ToArray());
    }

    private void Write(ReadOnlySpan<byte> bytes) => WriteLimited(Limit is null ? bytes : Limit.Take(bytes));

    private void WriteLimited(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        if (ToSyslog)
        {
            foreach (var line in LogText.Of(bytes).TrimEnd('\n').Split('\n'))
                SystemLog.Write($"{process} {line}");
        }
        Append(Json is null ? bytes : Json.Take(bytes));
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (File is null || bytes.IsEmpty)
            return;
        if (IsStuck)
        {
            _held = [.. _held, .. bytes];
            return;
        }
        var written = File.Write(bytes, out var error);
        _held = bytes[written..].ToArray();
        Report(error);
    }

    private void Report(int error)
    {
        if (error == 0 && !IsStuck)
        {
            if (_isReported)
                log.Info($"'{process}' {_word} is logged again");
            _isReported = false;
            return;
        }
        if (!_isReported && error != Errno.Again)
        {
            _isReported = true;
            var trouble = IsStuck ? "written, and the process may have to wait" : "rotated";
            log.Error($"the log {File!.Path} of '{process}' cannot be {trouble}: {Errno.Name(error)}");
        }
    }
}
