using System.Diagnostics;

namespace Rota.Bench;

/// <param name="killed">So many of the nodes are killed.</param>
internal sealed class NodesKilled(string name, bool isOnPostgres, int nodes, int killed) : ScheduleFault
{
    // A start takes about a second: some of the kills come in it.
    private const int AliveMsMax = 2_500, DeadMsMax = 300;

    private int _kills;

    public override string Name => name;

    public override string What => $"{killed} of {nodes} {(nodes == 1 ? "node" : "nodes")} "
        + $"on {(isOnPostgres ? "PostgreSQL" : "SQLite")} killed with signal 9 at random moments, and started again";

    public override bool IsOnPostgres => isOnPostgres;

    public override int Nodes => nodes;

    public override async Task StrikeAsync(ScheduleField field)
    {
        await Task.WhenAll(Enumerable.Range(0, killed).Select(node => KillAgainAndAgainAsync(field, node)));
        field.Notes.Add($"{_kills} kills");
    }

    private async Task KillAgainAndAgainAsync(ScheduleField field, int node)
    {
        var random = new Random(field.Seed + node);
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < field.Length;)
        {
            await Task.Delay(random.Next(AliveMsMax));
            await field.KillAsync(node);
            Interlocked.Increment(ref _kills);
            await Task.Delay(random.Next(DeadMsMax));
            field.Launch(node);
        }
    }
}
