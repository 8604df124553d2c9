namespace Rota.Bench;

/// <summary>One figure, and what Rota's must be of a peer's.</summary>
/// <param name="Goal">Of the ratio Rota / peer; null: none.</param>
/// <param name="IsLeast">The ratio must be at least the goal; otherwise at most.</param>
internal sealed record PeerMetric(string Name, string Unit, double? Goal, bool IsLeast)
{
    /// <summary>The only peer that the goal speaks of; null: every durable one.</summary>
    public string? Against { get; init; }

    /// <summary>The goal speaks of those too that may lose what they acknowledged.</summary>
    public bool IsForAll { get; init; }

    public static readonly IReadOnlyList<PeerMetric> All =
    [
        new("enqueue", "jobs/s", 3, IsLeast: true),
        new("enqueue_cpu", "CPU-s/10k", 0.35, IsLeast: false) { Against = Peer.GraphileWorker },
        new("enqueue_16", "jobs/s", 3, IsLeast: true),
        new("enqueue_16_cpu", "CPU-s/10k", 0.35, IsLeast: false) { Against = Peer.GraphileWorker },
        new("bulk", "jobs/s", 1.5, IsLeast: true),
        new("bulk_cpu", "CPU-s/10k", null, IsLeast: false),
        new("bytes", "bytes/job", 1.1, IsLeast: false) { Against = Peer.GraphileWorker },
        new("drain", "jobs/s", 2, IsLeast: true),
        new("drain_cpu", "CPU-s/10k", 0.8, IsLeast: false) { Against = Peer.GraphileWorker },
        new("idle_p50_ms", "ms", 1, IsLeast: false),
        new("idle_p99_ms", "ms", 1, IsLeast: false),
        new("load_p50_ms", "ms", 1, IsLeast: false),
        new("load_p99_ms", "ms", 1, IsLeast: false),
        new("million_enqueue", "jobs/s", 1, IsLeast: true) { IsForAll = true },
        new("million_enqueue_cpu", "CPU-s/10k", null, IsLeast: false),
        new("million_drain", "jobs/s", 1, IsLeast: true) { IsForAll = true },
        new("million_drain_cpu", "CPU-s/10k", null, IsLeast: false),
    ];

    /// <summary>Whether the goal speaks of this peer.</summary>
    public bool IsAsked(Peer peer) =>
        Goal is not null && (Against is null ? IsForAll || peer.IsDurable : Against == peer.Name);

    public bool IsMet(double ratio) => IsLeast ? ratio >= Goal : ratio <= Goal;
}
