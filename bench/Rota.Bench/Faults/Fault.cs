namespace Rota.Bench;

/// <summary>One thing that goes wrong around the nodes of one database.</summary>
internal abstract class Fault
{
    /// <summary>As <c>--only</c> takes it.</summary>
    public abstract string Name { get; }

    /// <summary>What happens, in a few words.</summary>
    public abstract string What { get; }

    /// <summary>Why it cannot be done on this machine, or null.</summary>
    public virtual string? Unable => null;

    /// <summary>Before the first worker starts.</summary>
    public virtual Task PrepareAsync(FaultField field) => Task.CompletedTask;

    /// <summary>Does it, in the middle of the load, and returns when it is over.</summary>
    public abstract Task StrikeAsync(FaultField field);

    /// <summary>After the last worker has ended.</summary>
    public virtual Task CleanUpAsync() => Task.CompletedTask;

    public static IReadOnlyList<Fault> All() =>
    [
        new WorkerKilled(), new WorkersKilled(), new BackendsKilled(), new PostgresCrashed(seconds: 1),
        new PostgresCrashed(seconds: 20), new ConnectionCut(), new ConnectionsTaken(), new DiskFull(),
        new WalFull(), new TransactionHeld(), new TablesLocked(), new ClocksApart(), new WorkerStopped(),
    ];
}
