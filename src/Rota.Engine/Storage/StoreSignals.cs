using Rota.Workers;

namespace Rota.Storage;

/// <summary>What a store tells the loops of its own process after a commit; polling finds the rest.</summary>
public sealed class StoreSignals
{
    /// <summary>A job became ready.</summary>
    public AsyncSignal Ready { get; } = new();

    /// <summary>A job began to wait for a time.</summary>
    public AsyncSignal Waiting { get; } = new();

    /// <summary>The cancel of a running job was asked for.</summary>
    public AsyncSignal CancelRequested { get; } = new();

    /// <summary>A schedule was made, changed or resumed.</summary>
    public AsyncSignal Schedules { get; } = new();

    /// <summary>The worker's room for jobs that begin without a way through their queue.</summary>
    public Room Room { get; } = new();
}
