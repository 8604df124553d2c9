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

    /// <summary>Of the database's address, for workers and callers: <c>?name=value</c>, or nothing.</summary>
    public virtual string Query => "";

    /// <summary>Variables of one of the workers at the start.</summary>
    /// <param name="number">From 1.</param>
    public virtual IReadOnlyDictionary<string, string> EnvironmentOf(int number) => new Dictionary<string, string>();

    /// <summary>Before the first worker starts.</summary>
    public virtual Task PrepareAsync(FaultField field) => Task.CompletedTask;

    /// <summary>Does it, in the middle of the load, and returns when it is over.</summary>
    public abstract Task StrikeAsync(FaultField field);

    /// <summary>After the last worker has ended.</summary>
    public virtual Task CleanUpAsync() => Task.CompletedTask;

    /// <param name="isQuick">Each lasts only as long as it needs to be felt.</param>
    public static IReadOnlyList<Fault> All(bool isQuick) =>
    [
        new WorkerKilled(), new WorkersKilled(),
        isQuick ? new BackendsKilled(rounds: 1, pauseSeconds: 2) : new BackendsKilled(rounds: 3, pauseSeconds: 3),
        new PostgresCrashed(seconds: 1), new PostgresCrashed(seconds: 20), new ConnectionCut(),
        new ConnectionsTaken(seconds: isQuick ? 1 : 20), new DiskFull(seconds: isQuick ? 2 : 10), new WalFull(),
        new TransactionHeld(isMeasured: !isQuick),
        isQuick ? new TablesLocked(seconds: 4, statementSeconds: 2) : new TablesLocked(20, statementSeconds: null),
        new ClocksApart(), new WorkerStopped(),
    ];
}
