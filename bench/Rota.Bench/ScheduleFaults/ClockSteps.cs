using Rota.Schedules;

namespace Rota.Bench;

/// <summary>Whose clock steps.</summary>
internal enum ClockOf
{
    /// <summary>Of the one node on SQLite.</summary>
    Program,

    /// <summary>Of PostgreSQL, which all nodes follow.</summary>
    Server,

    /// <summary>Of each node on PostgreSQL, one after the other.</summary>
    Nodes,

    /// <summary>Of one of two nodes on PostgreSQL.</summary>
    OneOfTwo,
}

internal sealed class ClockSteps(string name, ClockOf whose) : ScheduleFault
{
    // The last step but one is the one forward by an hour: what it passes over must be accounted for.
    private static readonly int[] Seconds = [-1, 0, 1, 0, -3_600, 0, 3_600, 0];

    public override string Name => name;

    public override string What => "±1 s and ±1 h: steps of the clock of " + whose switch
    {
        ClockOf.Program => "the program, on SQLite",
        ClockOf.Server => "PostgreSQL, under three nodes",
        ClockOf.OneOfTwo => "one of two nodes on PostgreSQL",
        _ => "three nodes on PostgreSQL, each by itself",
    };

    public override string? Unable => FakeClock.Unable;

    public override bool IsOnPostgres => whose != ClockOf.Program;

    public override int Nodes => whose switch
    {
        ClockOf.Program => 1,
        ClockOf.OneOfTwo => 2,
        _ => base.Nodes,
    };

    private bool IsOfNodes => whose is ClockOf.Nodes or ClockOf.OneOfTwo;

    public override IReadOnlyList<RunPolicy> Policies(TimeSpan length) => [new(), new() { Misfire = Misfire.Skip }];

    public override void Prepare(ScheduleField field)
    {
        for (var clock = 0; clock < Nodes; clock++)
            FakeClock.Set(field.ClockFile(clock), TimeSpan.Zero);
        if (whose == ClockOf.Server)
            field.ServerEnvironment = FakeClock.Following(field.ClockFile(0));
        else
            field.NodeEnvironment = node => FakeClock.Following(field.ClockFile(node));
    }

    public override async Task StrikeAsync(ScheduleField field)
    {
        for (var step = 0; step < Seconds.Length; step++)
        {
            for (var clock = 0; clock < (whose == ClockOf.Nodes ? Nodes : 1); clock++)
                FakeClock.Set(field.ClockFile(clock), Offset(step + clock));
            field.ClockOffset = IsOfNodes ? TimeSpan.Zero : Offset(step);
            await Task.Delay(field.Length / Seconds.Length);
            // Behind this step nothing is due for an hour, so the account ends before it.
            if (step == Seconds.Length - 2 && !IsOfNodes)
                await field.CatchUpAsync();
        }
    }

    private static TimeSpan Offset(int step) => TimeSpan.FromSeconds(Seconds[step % Seconds.Length]);
}
