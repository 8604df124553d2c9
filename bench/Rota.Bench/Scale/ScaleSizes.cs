namespace Rota.Bench;

/// <summary>How much a database is filled with.</summary>
/// <param name="Bytes">Jobs that go through the engine for the bytes of an ended job.</param>
/// <param name="Pruned">Jobs that retention deletes.</param>
/// <param name="Claimed">Jobs that a worker claims and ends.</param>
internal sealed record ScaleSizes(
    int Ended, int Queued, int Queues, int Schedules, int Bytes, int Pruned, int Claimed)
{
    public const int Kinds = 50;
    public const int Projects = 20;
    public const int Tags = 1_000;

    public static readonly ScaleSizes Full = new(10_000_000, 1_000_000, 10_000, 1_000, 200_000, 100_000, 100_000);

    public static readonly ScaleSizes Quick = new(20_000, 2_000, 100, 10, 5_000, 2_000, 1_000);

    public static ScaleSizes Of(BenchOptions options)
    {
        var sizes = options.IsQuick ? Quick : Full;
        return sizes with
        {
            Ended = options.Ended ?? sizes.Ended,
            Queued = options.Queued ?? sizes.Queued,
            Queues = options.Queues ?? sizes.Queues,
            Schedules = options.Schedules ?? sizes.Schedules,
        };
    }

    /// <summary>Due in a year, or to be retried then.</summary>
    public int Waiting => Queued / 100;

    public long LastId => Ended + Queued + (long)Waiting;
}
