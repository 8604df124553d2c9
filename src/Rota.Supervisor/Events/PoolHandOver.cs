namespace Rota.Supervisor.Events;

/// <summary>What a pool of listeners has not handed out yet.</summary>
internal sealed record PoolHandOver(long Serial, List<PooledEvent> Waiting);

/// <summary>Where a listener is in the middle of its protocol.</summary>
internal sealed record TalkHandOver(ListenerState State, byte[] Heard, int? ResultLength, PooledEvent? Current);
