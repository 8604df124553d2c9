namespace Rota.Bench;

/// <summary>Lets one thing after the other go wrong, and accounts for every job after each.</summary>
internal static class FaultsCommand
{
    public const string Name = "faults";

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var faults = Fault.All().Where(fault => options.Only is null || fault.Name == options.Only).ToList();
        if (faults.Count == 0)
        {
            throw new WrongUseException("--only is wrong.",
                $"Write one of {string.Join(", ", Fault.All().Select(one => one.Name))}.");
        }
        var reports = new List<FaultReport>();
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
        Console.Out.WriteLine(options.IsJson ? BenchJson.Of(reports) : $"\n{FaultReport.Table(reports)}");
        return reports.All(report => report.IsClean) ? 0 : 1;
    }
}
