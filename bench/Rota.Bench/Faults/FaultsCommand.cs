namespace Rota.Bench;

/// <summary>Lets one thing after the other go wrong, and accounts for every job or every due time after each.
/// </summary>
internal static class FaultsCommand
{
    public const string Name = "faults";

    /// <summary>Exit code: what was done is clean, and the machine cannot do all that was asked for.</summary>
    private const int NotAllDone = 3;

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var faults = Fault.All(options.IsQuick).Where(fault => IsAsked(fault.Name, options.Only)).ToList();
        var ofSchedules = ScheduleFault.All().Where(fault => IsAsked(fault.Name, options.Only)).ToList();
        if (faults.Count + ofSchedules.Count == 0)
        {
            var names = Fault.All(isQuick: false).Select(one => one.Name)
                .Concat(ScheduleFault.All().Select(one => one.Name));
            throw new WrongUseException("--only is wrong.",
                $"Write one of {string.Join(", ", names)}, or what several begin with, such as schedules.");
        }
        var (reports, ledgers) = (new List<FaultReport>(), new List<ScheduleFaultReport>());
        foreach (var fault in faults)
        {
            try
            {
                reports.Add(await FaultField.RunAsync(fault, options));
            }
            finally
            {
                await fault.CleanUpAsync();
            }
            if (!options.IsJson)
                Console.Out.WriteLine(reports[^1].ToText());
        }
        foreach (var fault in ofSchedules)
        {
            ledgers.Add(await ScheduleField.RunAsync(fault, options));
            if (!options.IsJson)
                Console.Out.WriteLine(ledgers[^1].ToText());
        }
        Console.Out.WriteLine(options.IsJson ? BenchJson.Of(new { Jobs = reports, Schedules = ledgers })
            : Tables(reports, ledgers));
        (bool IsClean, string? Skipped)[] ends =
        [
            .. reports.Select(report => (report.IsClean, report.Skipped)),
            .. ledgers.Select(report => (report.IsClean, report.Skipped)),
        ];
        return ends.Any(end => !end.IsClean && end.Skipped is null) ? 1
            : ends.Any(end => end.Skipped is not null) ? NotAllDone : 0;
    }

    /// <param name="only">A name, or what several begin with: <c>schedules</c>; null for all.</param>
    private static bool IsAsked(string name, string? only) =>
        only is null || name == only || name.StartsWith($"{only}-", StringComparison.Ordinal);

    private static string Tables(List<FaultReport> reports, List<ScheduleFaultReport> ledgers) =>
        (reports.Count > 0 ? $"\n{FaultReport.Table(reports)}\n" : "")
        + (ledgers.Count > 0 ? $"\n{ScheduleFaultReport.Table(ledgers)}" : "");
}
