using Rota.Schedules;

namespace Rota.Bench;

/// <summary>One thing that goes wrong around the nodes that fire schedules.</summary>
internal abstract class ScheduleFault
{
    /// <summary>As <c>--only</c> takes it.</summary>
    public abstract string Name { get; }

    /// <summary>What happens, in a few words.</summary>
    public abstract string What { get; }

    /// <summary>Why it cannot be done on this machine, or null.</summary>
    public virtual string? Unable => null;

    /// <summary>False: on SQLite, which has one node.</summary>
    public virtual bool IsOnPostgres => true;

    public virtual int Nodes => 3;

    /// <summary>Each is that of as many schedules.</summary>
    /// <param name="length">How long the fault lasts.</param>
    public virtual IReadOnlyList<RunPolicy> Policies(TimeSpan length) => [new()];

    /// <summary>Before anything is started.</summary>
    public virtual void Prepare(ScheduleField field)
    {
    }

    /// <summary>Does it, while schedules fire, and returns when it is over.</summary>
    public abstract Task StrikeAsync(ScheduleField field);

    public static IReadOnlyList<ScheduleFault> All() =>
    [
        new NodesKilled("schedules-kill-sqlite", isOnPostgres: false, nodes: 1, killed: 1),
        new NodesKilled("schedules-kill-postgres", isOnPostgres: true, nodes: 1, killed: 1),
        new NodesKilled("schedules-two-nodes", isOnPostgres: true, nodes: 2, killed: 2),
        new NodesKilled("schedules-nodes", isOnPostgres: true, nodes: 5, killed: 2),
        new DatabaseAway(isFrozen: false), new DatabaseAway(isFrozen: true),
        new ClockSteps("schedules-clock-sqlite", ClockOf.Program),
        new ClockSteps("schedules-clock-postgres", ClockOf.Server),
        new ClockSteps("schedules-clock-nodes", ClockOf.Nodes),
        new ClockSteps("schedules-clock-one", ClockOf.OneOfTwo),
    ];
}
