using Rota.Queues;

namespace Rota.Workers;

/// <summary>The order in which a claim asks queues: as written, or drawn by weight for those that have one.</summary>
internal sealed class QueueOrder
{
    private readonly List<(string Name, int Weight)> _queues;
    private readonly Random _random;
    private readonly string _node;

    /// <param name="node">Its own queue comes first where queues are named.</param>
    /// <exception cref="InvalidFieldException">A name or weight is wrong.</exception>
    public QueueOrder(IEnumerable<string> queues, string node, Random random)
    {
        (_random, _node) = (random, node);
        _queues = [.. queues.Select(Parse)];
        var own = NodeQueue.Of(node);
        if (_queues.Count > 0 && !_queues.Exists(queue => queue.Name == own))
            _queues.Insert(0, (own, 0));
    }

    private static (string Name, int Weight) Parse(string text)
    {
        var at = text.IndexOf('=');
        var name = NameRule.Check("Workers:Queues", at < 0 ? text : text[..at]);
        if (at < 0)
            return (name, 0);
        return int.TryParse(text[(at + 1)..], out var weight) && weight is >= 1 and <= 1_000
            ? (name, weight)
            : throw new InvalidFieldException("Workers:Queues", $"'{text}' has no weight of 1 to 1,000.",
                "Write name or name=weight, such as mail=3.");
    }

    /// <summary>The place of a queue in the order of every claim, the same for those whose place is drawn, and for all
    /// where none is named; null where it is not served.</summary>
    public int? PlaceOf(string queue)
    {
        if (_queues.Count == 0)
            return NodeQueue.IsOpenTo(queue, _node) ? 0 : null;
        var at = _queues.FindIndex(one => one.Name == queue);
        return at < 0 ? null : _queues[at].Weight == 0 ? at : _queues.Count;
    }

    /// <summary>Names in the order for one claim; empty for all queues. Queues without a weight come first, as written.
    /// </summary>
    public IReadOnlyList<string> Next()
    {
        if (_queues.TrueForAll(queue => queue.Weight == 0))
            return [.. _queues.Select(queue => queue.Name)];
        // A weighted order without replacement: sort by u^(1/w) descending (Efraimidis and Spirakis, 2006).
        return [.. _queues
            .Select(queue => (queue.Name, Rank: queue.Weight == 0
                ? double.MaxValue : Math.Pow(_random.NextDouble(), 1.0 / queue.Weight)))
            .OrderByDescending(queue => queue.Rank)
            .Select(queue => queue.Name)];
    }
}
