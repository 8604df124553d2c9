namespace Rota.Supervisor.Events;

/// <summary>Brings each event to the pools of listeners that asked for it and to callers in this process; lives on the
/// loop thread.</summary>
internal sealed class EventHub
{
    private readonly List<ListenerPool> _pools = [];
    private readonly List<Action<SupervisorEvent>> _callbacks = [];

    /// <summary>Of the last event that some pool got.</summary>
    public long Serial { get; set; } = -1;

    /// <summary>Whether anybody wants it, so that its text need be made.</summary>
    public bool IsWanted(string name) => _callbacks.Count > 0 || _pools.Exists(pool => pool.Wants(name));

    /// <summary>An event has a serial only if some pool wants it: listeners see no gaps but lost events.</summary>
    public void Tell(SupervisorEvent happened)
    {
        long? serial = null;
        foreach (var pool in _pools.Where(pool => pool.Wants(happened.Name)).ToArray())
            pool.Accept(happened, serial ??= ++Serial);
        foreach (var callback in _callbacks.ToArray())
            callback(happened);
    }

    public void Add(ListenerPool pool) => _pools.Add(pool);

    public void Remove(ListenerPool pool) => _pools.Remove(pool);

    public void Add(Action<SupervisorEvent> callback) => _callbacks.Add(callback);

    public void Remove(Action<SupervisorEvent> callback) => _callbacks.Remove(callback);
}
