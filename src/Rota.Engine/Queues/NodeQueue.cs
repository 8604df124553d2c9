namespace Rota.Queues;

/// <summary>Queues for work that only one node can do: <c>node:NAME</c> is served by the node NAME and by no
/// other.</summary>
public static class NodeQueue
{
    private const string Prefix = "node:";

    public static string Of(string node) => Prefix + node;

    /// <summary>Whether it is the queue of one node.</summary>
    public static bool IsOf(string queue) => queue.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Whether a node that works all queues may take from this one.</summary>
    public static bool IsOpenTo(string queue, string node) =>
        !IsOf(queue) || queue.AsSpan(Prefix.Length).SequenceEqual(node);
}
