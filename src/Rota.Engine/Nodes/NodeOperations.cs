using Rota.Storage;

namespace Rota.Nodes;

/// <summary>What people and programs ask of nodes.</summary>
public sealed class NodeOperations(INodeStore store)
{
    /// <summary>By name.</summary>
    public Task<IReadOnlyList<NodeBeat>> ListAsync(CancellationToken stop) => store.ListAsync(stop);
}
