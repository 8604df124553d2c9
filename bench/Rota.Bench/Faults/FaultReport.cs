namespace Rota.Bench;

/// <summary>What one fault came to.</summary>
/// <param name="Account">Null: it was not done.</param>
/// <param name="Refused">Enqueue calls that failed with an error that says so.</param>
/// <param name="Told">Handlers that were told that their lease is lost.</param>
/// <param name="Broken">What should have held besides the account, and did not.</param>
internal sealed record FaultReport(string Fault, string What, JobAccount? Account, int Refused, int Told,
    IReadOnlyList<string> Notes, IReadOnlyList<string> Broken)
{
    public bool IsClean => Account is null || (Account.IsClean && Broken.Count == 0);

    public string ToText() => Account is null ? $"{Fault}: {string.Join("; ", Broken)}" : $"""

        {Fault}: {What}
        {Account.ToTable()}
        enqueue calls refused                      {Refused,9:N0}
        handlers told that their lease is lost     {Told,9:N0}
        {string.Join('\n', Notes)}
        {(IsClean ? "clean" : $"NOT CLEAN. {string.Join("; ", Broken)}")}
        """;

    public static string Table(IEnumerable<FaultReport> reports) => string.Join('\n', reports.Select(report => report.Row())
        .Prepend($"{"fault",-18}{"acknowledged",12}{"ended",9}{"lost",6}{"twice",6}{"open",6}{"effects",9}{"repeated",9}"
            + $"{"unexplained",12}{"refused",8}{"told",6}"));

    private string Row() => Account is not { } jobs ? $"{Fault,-18}not done"
        : $"{Fault,-18}{jobs.Acknowledged,12:N0}{jobs.Ended,9:N0}{jobs.Lost,6}{jobs.EndedTwice,6}{jobs.NotEndedOnce,6}"
            + $"{jobs.SideEffects,9:N0}{jobs.SideEffectsRepeated,9:N0}{jobs.RepeatedUnexplained,12}{Refused,8:N0}{Told,6}  "
            + (IsClean ? "clean" : "NOT CLEAN");
}

/// <summary><c>bench faults</c>.</summary>
internal static class FaultsCommand
{
    public const string Name = "faults";

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var faults = Fault.All().Where(fault => options.Only is null || fault.Name == options.Only).ToList();
        if (faults.Count == 0)
            throw new ArgumentException($"--only is wrong. Write {string.Join(", ", Fault.All().Select(one => one.Name))}.");
        var reports = new List<FaultReport>();
        foreach (var fault in faults)
        {
            await using (fault)
                reports.Add(await FaultField.RunAsync(fault, options));
            if (!options.IsJson)
                Console.Out.WriteLine(reports[^1].ToText());
        }
        Console.Out.WriteLine(options.IsJson ? BenchJson.Of(reports) : $"\n{FaultReport.Table(reports)}");
        return reports.All(report => report.IsClean) ? 0 : 1;
    }
}
