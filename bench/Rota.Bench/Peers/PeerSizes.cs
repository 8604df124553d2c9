namespace Rota.Bench;

/// <summary>How much each measurement does.</summary>
internal sealed record PeerSizes
{
    public static readonly PeerSizes Full = new();

    public static readonly PeerSizes Quick = new()
    {
        Enqueue = 300,
        Enqueue16 = 640,
        Bulk = 5_000,
        Drain = 5_000,
        Paced = 40,
        Steady = 500,
        Million = 20_000,
        MillionDrain = 5_000,
    };

    public int Enqueue { get; init; } = 10_000;

    /// <summary>By sixteen callers at once.</summary>
    public int Enqueue16 { get; init; } = 20_000;

    public int Bulk { get; init; } = 100_000;

    /// <summary>Long enough that what a runtime compiles while it warms up weighs little.</summary>
    public int Drain { get; init; } = 300_000;

    /// <summary>Jobs that come one at a time, 15 to 45 ms apart. Of 300 the three slowest would be the p99.</summary>
    public int Paced { get; init; } = 1_000;

    /// <summary>Jobs that come 500 a second: for long enough, as those of a drain.</summary>
    public int Steady { get; init; } = 15_000;

    public int Million { get; init; } = 1_000_000;

    /// <summary>Jobs taken from the deep queue.</summary>
    public int MillionDrain { get; init; } = 50_000;

    /// <summary>Less of everything for a peer that would take too long; a rate stays comparable.</summary>
    public PeerSizes For(Peer peer) => this with
    {
        Enqueue = Part(Enqueue, Math.Max(peer.Share, 0.5)),
        Enqueue16 = Part(Enqueue16, Math.Max(peer.Share, 0.5)),
        Bulk = Part(Bulk, peer.Share),
        Drain = Part(Drain, peer.Share),
    };

    private static int Part(int count, double share) => Math.Max(300, (int)(count * share));
}
