namespace Rota.Bench;

/// <summary>Measures what schedules cost: cron expressions, and thousands that are due every second.</summary>
internal static class SchedulesCommand
{
    public const string Name = "schedules";

    private const int FullCount = 10_000, QuickCount = 200, QuickSeconds = 3;

    public static Task<int> RunAsync(BenchOptions options) => options switch
    {
        { ComparesPeers: true } => SchedulePeers.RunAsync(options),
        { Stored: { } stored } => StoredReport.RunAsync(options, stored),
        _ => RunLoadAsync(options),
    };

    private static async Task<int> RunLoadAsync(BenchOptions options)
    {
        Progress.Say("cron expressions");
        var cron = CronCost.Measure();
        Progress.Say("next", cron.NextNs, "ns");
        Progress.Say("parse", cron.ParseNs, "ns");
        await using var stores = await BenchStores.StartAsync(options);
        var count = options.Schedules ?? (options.IsQuick ? QuickCount : FullCount);
        var length = TimeSpan.FromSeconds(options.IsQuick ? QuickSeconds : options.Seconds);
        Progress.Say($"schedules that are due every second, on {options.Store}");
        var load = await ScheduleLoad.RunAsync(stores, count, length);
        var report = new SchedulesReport(options.Store, load, cron);
        Console.Out.WriteLine(options.IsJson ? report.ToJson() : report.ToTable());
        if (!options.IsChecked)
            return 0;
        var missed = report.Missed().ToList();
        missed.ForEach(line => Progress.Say($"missed: {line}"));
        return missed.Count == 0 ? 0 : 1;
    }
}
