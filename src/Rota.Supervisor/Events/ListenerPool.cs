using System.Text;
using Rota.Supervisor.Config;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Events;

/// <summary>An event in the buffer of one pool.</summary>
internal sealed record PooledEvent(SupervisorEvent Event, long Serial, long PoolSerial);

/// <summary>The listeners of one `[eventlistener]`: each event goes to one of them, when one is ready.</summary>
/// <remarks>What waits is bounded: the oldest falls out, with an ERROR line. An event that was rejected, or whose
/// listener died with it, goes back to the front and is offered again.</remarks>
internal sealed class ListenerPool(GroupConfig config, string identifier, MainLog log)
{
    private readonly LinkedList<PooledEvent> _waiting = new();
    private readonly Dictionary<string, ListenerTalk> _talks = [];
    private readonly Dictionary<string, bool> _wanted = [];
    private long _serial = -1;

    public bool Wants(string name)
    {
        if (!_wanted.TryGetValue(name, out var isWanted))
            _wanted[name] = isWanted = config.Events.Any(wanted => EventNames.IsA(name, wanted));
        return isWanted;
    }

    /// <summary>A listener was spawned.</summary>
    /// <param name="state">Where its process is: only a RUNNING one gets events.</param>
    /// <param name="send">Writes to its input; false when that is closed.</param>
    public ListenerTalk TalkTo(string process, Func<ProcessState> state, Func<byte[], bool> send) =>
        _talks[process] = new(process, this, () => state() == ProcessState.Running, send, log);

    public void Accept(SupervisorEvent happened, long serial)
    {
        MakeRoom();
        _waiting.AddLast(new PooledEvent(happened, serial, ++_serial));
        Dispatch();
    }

    /// <summary>It was not handled: it is the next one again.</summary>
    public void PutBack(PooledEvent unanswered)
    {
        log.Debug($"rebuffering event {unanswered.Serial} for pool {config.Name} (buf size={_waiting.Count}, "
            + $"max={config.EventBufferSize})");
        MakeRoom();
        _waiting.AddFirst(unanswered);
        Dispatch();
    }

    public PoolHandOver Save() => new(_serial, [.. _waiting]);

    public void Restore(PoolHandOver former)
    {
        _serial = former.Serial;
        foreach (var waiting in former.Waiting)
            _waiting.AddLast(waiting);
    }

    /// <summary>Hands out what waits, oldest first, as long as a listener is RUNNING and READY.</summary>
    public void Dispatch()
    {
        while (_waiting.First is { } next && TrySend(next.Value))
            _waiting.Remove(next);
    }

    private bool TrySend(PooledEvent next) =>
        _talks.Values.Any(talk => talk.IsFree && talk.Send(next, Envelope(next)));

    private void MakeRoom()
    {
        if (_waiting.Count < config.EventBufferSize)
            return;
        log.Error($"pool {config.Name} event buffer overflowed, discarding event {_waiting.First!.Value.Serial}");
        _waiting.RemoveFirst();
    }

    private byte[] Envelope(PooledEvent next)
    {
        var payload = next.Event.Payload;
        // Supervisor counts characters, not bytes; its listeners read text.
        var length = payload.EnumerateRunes().Count();
        return Encoding.UTF8.GetBytes($"ver:3.0 server:{identifier} serial:{next.Serial} pool:{config.Name} "
            + $"poolserial:{next.PoolSerial} eventname:{next.Event.Name} len:{length}\n{payload}");
    }
}
