using Rota.Nodes;
using Rota.Storage;

namespace Rota.Doctor;

/// <summary>What may be wrong with the nodes taken together: names that are shared, clocks that are off.</summary>
internal static class NodeFinding
{
    private const string Name = "nodes";

    private static readonly TimeSpan ClockOffsetMax = TimeSpan.FromSeconds(5);

    public static Finding Of(IReadOnlyList<NodeBeat> nodes, DateTimeOffset now)
    {
        if (NodeTwins.Of(nodes, now) is [var twins, ..])
        {
            var places = string.Join(", ", twins.Select(node => $"{node.Pid} on {node.Host}"));
            return new Finding(Name, FindingState.Warn,
                $"{twins.Count} processes are named {twins[0].Name}: {places}.",
                "Give each a name of its own: --node NAME or ROTA_WORKERS__NODE=NAME");
        }
        var wrong = nodes.FirstOrDefault(node =>
            !node.IsSilent(now) && node.ClockOffset?.Duration() > ClockOffsetMax);
        if (wrong is { ClockOffset: { } offset })
        {
            var where = offset > TimeSpan.Zero ? "ahead of" : "behind";
            return new Finding(Name, FindingState.Warn,
                $"The clock of {wrong.Name} is {offset.Duration().TotalSeconds:N1} s {where} the database's.",
                $"Jobs are due by the database's clock, but times in logs are wrong: set the clock of {wrong.Host}.");
        }
        return new Finding(Name, FindingState.Ok, "Each node has a name of its own, and no clock is off.");
    }
}
