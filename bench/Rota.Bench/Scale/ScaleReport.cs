namespace Rota.Bench;

/// <summary>How long one question took.</summary>
/// <param name="Items">Of its last answer; -1 where the server refused it for the time it took.</param>
internal sealed record ScaleTime(string Name, int Items, double P50, double P95, double Worst)
{
    public static ScaleTime Of(string name, int items, IReadOnlyCollection<double> times)
    {
        var sorted = times.Order().ToList();
        return new(name, items, At(0.5), At(0.95), Math.Round(sorted[^1], 1));

        double At(double rank) => Math.Round(sorted[(int)Math.Min(sorted.Count - 1, rank * sorted.Count)], 1);
    }
}

/// <summary>All that one run found.</summary>
/// <param name="BytesPerEnded">Of an ended job besides its arguments, with all indexes.</param>
/// <param name="DatabaseMb">With all that was filled in.</param>
/// <param name="PrunedPerSecond">Jobs that retention deleted.</param>
/// <param name="ClaimedPerSecond">Jobs claimed and ended, out of all queues.</param>
internal sealed record ScaleReport(ScaleSizes Sizes, double BytesPerEnded, double DatabaseMb, double PrunedPerSecond,
    ScaleTime PruneCall, double ClaimedPerSecond, IReadOnlyList<ScaleTime> Lists)
{
    private const double ListMsMax = 200;
    private const double BytesMax = 200;
    private const double PrunedPerSecondMin = 5_000;

    public IReadOnlyList<string> Missed() =>
    [
        .. BytesPerEnded <= BytesMax ? Array.Empty<string>()
            : [$"an ended job takes {BytesPerEnded:N0} bytes besides its arguments; at most {BytesMax:N0} are asked "
                + "for."],
        .. PrunedPerSecond >= PrunedPerSecondMin ? Array.Empty<string>()
            : [$"retention deletes {PrunedPerSecond:N0} jobs a second; at least {PrunedPerSecondMin:N0} are asked "
                + "for."],
        .. Lists.Where(list => list.Items < 0).Select(list => $"{list.Name} was refused after {list.P50:N0} ms."),
        .. Lists.Where(list => list is { Items: >= 0, P95: > ListMsMax }).Select(list =>
            $"{list.Name} takes {list.P95:N1} ms (p95); less than {ListMsMax:N0} are asked for."),
    ];

    public string ToTable()
    {
        var lines = new List<string>
        {
            "",
            $"{Sizes.Ended:N0} ended jobs, {Sizes.Queued:N0} queued, {Sizes.Queues:N0} queues, "
                + $"{Sizes.Schedules:N0} schedules; {DatabaseMb:N0} MB",
            $"  {"bytes of an ended job",-30} {BytesPerEnded,10:N0}   (target {BytesMax:N0}, besides arguments)",
            $"  {"retention, jobs/s",-30} {PrunedPerSecond,10:N0}   (target {PrunedPerSecondMin:N0}; a call: "
                + $"p50 {PruneCall.P50:N1}, p95 {PruneCall.P95:N1}, worst {PruneCall.Worst:N1} ms)",
            $"  {"claim and end, jobs/s",-30} {ClaimedPerSecond,10:N0}",
            $"  {"ms over HTTP",-30} {"p50",10} {"p95",10} {"worst",10} {"items",8}   (target p95 {ListMsMax:N0})",
        };
        lines.AddRange(Lists.Select(list => $"  {list.Name,-30} {list.P50,10:N1} {list.P95,10:N1} {list.Worst,10:N1} "
            + (list.Items < 0 ? " refused" : $"{list.Items,8:N0}")));
        return string.Join('\n', lines);
    }
}
