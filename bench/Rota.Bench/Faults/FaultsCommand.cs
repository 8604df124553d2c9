namespace Rota.Bench;

/// <summary>Lets one thing after the other go wrong, and accounts for every job or every due time after each.
/// </summary>
internal static class FaultsCommand
{
    public const string Name = "faults";

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var faults = Fault.All().Where(fault => IsAsked(fault.Name, options.Only)).ToList();
        var ofSchedules = ScheduleFault.All().Where(fault => IsAsked(fault.Name, options.Only)).ToList();
        if (faults.Count + ofSchedules.Count == 0)
        {
            var names = Fault.All().Select(one => one.Name).Concat(ScheduleFault.All().Select(one => one.Name));
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
        return reports.All(report => report.IsClean) && ledgers.All(report => report.IsClean) ? 0 : 1;
    }

    /// <param name="only">A name, or what several begin with: <c>schedules</c>; null for all.</param>
    private static bool IsAsked(string name, string? only) =>
        only is null || name == only || name.StartsWith($"{only}-", StringComparison.Ordinal);

    private static string Tables(List<FaultReport> reports, List<ScheduleFaultReport> ledgers) =>
        (reports.Count > 0 ? $"\n{FaultReport.Table(reports)}\n" : "")
        + (ledgers.Count > 0 ? $"\n{ScheduleFaultReport.Table(ledgers)}" : "");
}
