using Rota.Storage;

namespace Rota.Nodes;

/// <summary>What people and programs ask of nodes.</summary>
public sealed class NodeOperations(INodeStore store, TimeProvider clock)
{
    /// <summary>By name; two processes of one name stand one after the other.</summary>
    public async Task<IReadOnlyList<Node>> ListAsync(CancellationToken stop)
    {
        var beats = await store.ListAsync(stop);
        var now = clock.GetUtcNow();
        return [.. beats.Select(beat => new Node(beat, Max(now - beat.SeenAt, TimeSpan.Zero), beat.IsSilent(now)))];
    }

    /// <summary>The processes of a name take no more jobs, and end those that they run. It reaches them within 5 s, and
    /// holds until they are resumed or start anew.</summary>
    /// <exception cref="NotFoundException"><c>node.not_found</c>.</exception>
    public Task DrainAsync(string name, CancellationToken stop) => SetAsync(name, isDrained: true, stop);

    /// <summary>They take jobs again.</summary>
    /// <exception cref="NotFoundException"><c>node.not_found</c>.</exception>
    public Task ResumeAsync(string name, CancellationToken stop) => SetAsync(name, isDrained: false, stop);

    private async Task SetAsync(string name, bool isDrained, CancellationToken stop)
    {
        if (!await store.SetDrainedAsync(name, isDrained, stop))
            throw new NotFoundException("node", name, "List what is there: rota nodes list");
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}

/// <summary>A node as it is now.</summary>
/// <param name="Lag">Since its last beat, by the clock that all nodes follow. Usually up to 5 s.</param>
public sealed record Node(NodeBeat Beat, TimeSpan Lag, bool IsSilent)
{
    /// <summary>It lives, has slots, and is not drained.</summary>
    public bool TakesJobs => !IsSilent && Beat.Slots > 0 && !Beat.IsDrained;
}

/// <summary>Processes that share a name.</summary>
internal static class NodeTwins
{
    /// <summary>The processes of one name that live at the same time, where there are several.</summary>
    /// <remarks>The last beat of a process that died came before its successor started, so a quick restart is none.
    /// </remarks>
    public static IReadOnlyList<IReadOnlyList<NodeBeat>> Of(IEnumerable<NodeBeat> nodes, DateTimeOffset now) =>
        [.. nodes.Where(node => !node.IsSilent(now)).GroupBy(node => node.Name)
            .Select(group => group.Where(node => node.SeenAt >= group.Max(one => one.StartedAt)).ToList())
            .Where(group => group.Count > 1)];
}
