using Rota.Supervisor.Logs;

namespace Rota.Supervisor.Events;

/// <summary>The protocol with one listener that runs: it says `READY\n`, gets one event, and answers `RESULT 2\nOK`.
/// </summary>
/// <remarks>Words may come in pieces of any size. One that is not expected makes the listener UNKNOWN until it is
/// started again; an event that it has then goes back to the pool.</remarks>
internal sealed class ListenerTalk(string process, ListenerPool pool, Func<bool> isRunning, Func<byte[], bool> send,
    MainLog log)
{
    private const int LongestLine = 1024;
    private const int LongestResult = 1024 * 1024;

    private readonly List<byte> _heard = [];
    private int? _resultLength;
    private PooledEvent? _current;

    public ListenerState State { get; private set; } = ListenerState.Acknowledged;

    /// <summary>It may be sent an event.</summary>
    public bool IsFree => State == ListenerState.Ready && isRunning();

    /// <summary>Hands it an event; false when it has closed its input.</summary>
    public bool Send(PooledEvent next, byte[] envelope)
    {
        if (!send(envelope))
        {
            log.Debug($"epipe occurred while sending event {next.Serial} to listener {process}, "
                + "listener state unchanged");
            return false;
        }
        (State, _current) = (ListenerState.Busy, next);
        log.Debug($"event {next.Serial} sent to listener {process}");
        return true;
    }

    public void Hear(byte[] words)
    {
        _heard.AddRange(words);
        while (_heard.Count > 0 && Understand())
        {
        }
        if (State == ListenerState.Ready)
            pool.Dispatch();
    }

    public TalkHandOver Save() => new(State, [.. _heard], _resultLength, _current);

    public void Restore(TalkHandOver former)
    {
        (State, _resultLength, _current) = (former.State, former.ResultLength, former.Current);
        _heard.AddRange(former.Heard);
    }

    /// <summary>Its process has ended.</summary>
    public void End() => GiveBack();

    /// <summary>Takes one word off what was heard; false when it is not complete.</summary>
    private bool Understand()
    {
        switch (State)
        {
            case ListenerState.Acknowledged:
                return UnderstandReady();
            case ListenerState.Busy:
                return _resultLength is { } length ? UnderstandResult(length) : UnderstandResultLine();
            case ListenerState.Ready:
                Break();
                return false;
            default:
                _heard.Clear();
                return false;
        }
    }

    private bool UnderstandReady()
    {
        var ready = "READY\n"u8;
        if (_heard.Count < ready.Length)
            return false;
        if (!_heard[..ready.Length].ToArray().AsSpan().SequenceEqual(ready))
        {
            Break();
            return false;
        }
        _heard.RemoveRange(0, ready.Length);
        Move(ListenerState.Ready);
        return true;
    }

    private bool UnderstandResultLine()
    {
        var end = _heard.IndexOf((byte)'\n');
        if (end < 0 && _heard.Count <= LongestLine)
            return false;
        var line = LogText.Of([.. end < 0 ? _heard : _heard[..end]]);
        // Seven letters are passed over whatever they are: supervisor reads it so.
        if (end >= 0 && line.Length > 7 && int.TryParse(line.AsSpan(7).Trim(), out var length)
            && length is >= 0 and <= LongestResult)
        {
            _heard.RemoveRange(0, end + 1);
            _resultLength = length;
            return length > 0 || UnderstandResult(0);
        }
        log.Warn($"{process}: bad result line: '{line}'");
        Break();
        return false;
    }

    private bool UnderstandResult(int length)
    {
        if (_heard.Count < length)
            return false;
        var isAccepted = length == 2 && _heard[0] == 'O' && _heard[1] == 'K';
        _heard.RemoveRange(0, length);
        _resultLength = null;
        if (isAccepted)
        {
            log.Debug($"{process}: event was processed");
            _current = null;
            Move(ListenerState.Acknowledged);
        }
        else
        {
            log.Warn($"{process}: event was rejected");
            Move(ListenerState.Acknowledged);
            GiveBack();
        }
        return true;
    }

    private void Break()
    {
        _heard.Clear();
        Move(ListenerState.Unknown);
        log.Warn($"{process}: has entered the UNKNOWN state and will no longer receive events, this usually indicates "
            + "the process violated the eventlistener protocol");
        GiveBack();
    }

    private void GiveBack()
    {
        if (_current is not { } unanswered)
            return;
        _current = null;
        pool.PutBack(unanswered);
    }

    private void Move(ListenerState to)
    {
        log.Debug($"{process}: {State.ToString().ToUpperInvariant()} -> {to.ToString().ToUpperInvariant()}");
        State = to;
    }
}
