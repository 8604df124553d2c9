namespace Rota.Bench;

/// <summary>What is measured on a store, by its name in the report, and what must be reached.</summary>
/// <param name="Rates">Per second.</param>
/// <param name="Limits">Per second, by raw SQL without an engine.</param>
/// <param name="Waits">Latencies: a list of samples and which percentile of it.</param>
/// <param name="Ratios">Only these are checked: on a noisy machine ratios decide.</param>
internal sealed record Figures(
    IReadOnlyList<string> Rates, IReadOnlyList<string> Limits,
    IReadOnlyList<(string Samples, int Percentile)> Waits,
    IReadOnlyList<(string Name, string To, double Least)> Ratios)
{
    private static readonly (string Name, string To, double Least) Deep = ("drain_1m", "drain_10k", 0.9);

    private static readonly Figures Sqlite = new(
        ["enqueue_1", "enqueue_64", "bulk", "drain", "drain_10k", "drain_1m"],
        ["insert_1", "insert_100", "claim_complete_100"],
        [("pickup_idle", 50), ("pickup_idle", 99), ("pickup_500", 99)],
        [
            ("enqueue_1", "insert_1", 0.8),
            ("enqueue_64", "insert_1", 15),
            ("drain", "claim_complete_100", 0.4),
            Deep,
        ]);

    private static readonly Figures Postgres = new(
        ["enqueue_1", "enqueue_16", "bulk", "drain", "drain_10k", "drain_1m", "drain_free", "drain_xmin"],
        ["insert_1", "insert_16", "insert_100", "claim_complete_100"],
        [
            ("pickup_idle", 50), ("pickup_idle", 99), ("pickup_500", 99), ("pickup_other_node", 50),
            ("pickup_other_node", 99), ("steady_5000", 50), ("steady_5000", 99), ("steady_xmin", 99),
        ],
        [
            ("enqueue_16", "insert_16", 0.7),
            ("drain", "claim_complete_100", 0.5),
            Deep,
            ("drain_xmin", "drain_free", 0.85),
        ]);

    public static Figures Of(BenchOptions options) => options.Store == "postgres" ? Postgres : Sqlite;
}
