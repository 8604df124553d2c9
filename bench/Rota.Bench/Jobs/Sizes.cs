namespace Rota.Bench;

/// <summary>How much each measurement does in one round.</summary>
internal sealed record Sizes
{
    public static readonly Sizes Full = new();

    public static readonly Sizes Quick = new()
    {
        Single = 200,
        Concurrent = 6_400,
        Bulk = 20_000,
        Drain = 10_000,
        Deep = 50_000,
        DeepSlice = 5_000,
        DeepTurns = 2,
        Idle = 40,
        Shallow = 5_000,
        Steady = 500,
        Starts = 1,
    };

    public int Single { get; init; } = 1_000;

    public int Concurrent { get; init; } = 64_000;

    public int Bulk { get; init; } = 100_000;

    public int Drain { get; init; } = 100_000;

    public int Shallow { get; init; } = 10_000;

    public int Deep { get; init; } = 1_000_000;

    /// <summary>Jobs taken from the deep queue, and then from the shallow one, in one turn.</summary>
    public int DeepSlice { get; init; } = 50_000;

    /// <summary>So many that noise evens out, and so few that half of the deep queue is left.</summary>
    public int DeepTurns { get; init; } = 9;

    public int Idle { get; init; } = 300;

    public int SteadyPerSecond { get; init; } = 500;

    public int Steady { get; init; } = 2_500;

    /// <summary>Of the long load, which lasts as long as <c>--seconds</c> says.</summary>
    public int LongPerSecond { get; init; } = 5_000;

    /// <summary>Drains before an old transaction is held, and again while it is.</summary>
    public int HeldTurns { get; init; } = 3;

    public int Starts { get; init; } = 3;
}
