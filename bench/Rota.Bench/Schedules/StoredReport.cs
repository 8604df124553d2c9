namespace Rota.Bench;

/// <summary>The same load without and with many schedules beside it that are not due.</summary>
internal static class StoredReport
{
    private const int DueCount = 1_000, QuickCount = 100;

    public static async Task<int> RunAsync(BenchOptions options, int stored)
    {
        var count = options.Schedules ?? (options.IsQuick ? QuickCount : DueCount);
        var lines = new List<(string Store, ScheduleFigures Load)>();
        foreach (var store in (string[])["sqlite", "postgres"])
        {
            await using var stores = await BenchStores.StartAsync(options with { Store = store });
            foreach (var beside in (int[])[0, stored])
            {
                Progress.Say($"{count:N0} schedules that are due every second, {beside:N0} that are not, on {store}");
                lines.Add((store, await ScheduleLoad.RunAsync(
                    stores, count, TimeSpan.FromSeconds(options.Seconds), beside)));
            }
        }
        Console.Out.WriteLine(options.IsJson ? BenchJson.Of(lines.Select(line => new { line.Store, line.Load }))
            : ToTable(lines));
        return lines.All(line => line.Load.Ticks.Lost + line.Load.Ticks.Doubled == 0) ? 0 : 1;
    }

    private static string ToTable(IEnumerable<(string Store, ScheduleFigures Load)> lines) => string.Join('\n',
    [
        $"\n{"store",-10}{"due every second",18}{"others stored",15}{"p50 ms",9}{"p99 ms",9}{"lost",7}{"doubled",9}"
            + $"{"cores",8}{"server",8}",
        .. lines.Select(line => $"{line.Store,-10}{line.Load.Schedules,18:N0}{line.Load.Stored,15:N0}"
            + $"{line.Load.Ticks.StartErrorP50Ms,9:N1}{line.Load.Ticks.StartErrorP99Ms,9:N1}{line.Load.Ticks.Lost,7:N0}"
            + $"{line.Load.Ticks.Doubled,9:N0}{line.Load.CpuCores,8:N2}{line.Load.ServerCores,8:N2}"),
    ]);
}
