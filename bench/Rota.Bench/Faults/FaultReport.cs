namespace Rota.Bench;

/// <summary>What one fault came to.</summary>
/// <param name="Account">Null: it was not done.</param>
/// <param name="Skipped">Why it cannot be done on this machine; null where it was done.</param>
/// <param name="Refused">Enqueue calls that failed with an error that says so.</param>
/// <param name="Told">Handlers that were told that their lease is lost.</param>
/// <param name="Broken">What should have held besides the account, and did not.</param>
internal sealed record FaultReport(string Fault, string What, JobAccount? Account, int Refused, int Told,
    IReadOnlyList<string> Notes, IReadOnlyList<string> Broken, string? Skipped = null)
{
    public bool IsClean => Account is { IsClean: true } && Broken.Count == 0;

    public string ToText() => Account is null ? $"{Fault}: SKIPPED, {Skipped}" : $"""

        {Fault}: {What}
        {Account.ToTable()}
        enqueue calls refused                      {Refused,9:N0}
        handlers told that their lease is lost     {Told,9:N0}
        {string.Join('\n', Notes)}
        {(IsClean ? "clean" : $"NOT CLEAN. {string.Join("; ", Broken)}")}
        """;

    public static string Table(IEnumerable<FaultReport> reports) =>
        string.Join('\n', [Head, .. reports.Select(report => report.Row())]);

    private static string Head => $"{"fault",-16}{"acknowledged",13}{"ended",9}{"lost",5}{"twice",6}{"open",5}"
        + $"{"effects",9}{"repeated",9}{"unexplained",12}{"refused",8}{"told",6}";

    private string Row() => Account is not { } jobs ? $"{Fault,-16}SKIPPED: {Skipped}"
        : $"{Fault,-16}{jobs.Acknowledged,13:N0}{jobs.Ended,9:N0}{jobs.Lost,5}{jobs.EndedTwice,6}{jobs.NotEndedOnce,5}"
            + $"{jobs.SideEffects,9:N0}{jobs.SideEffectsRepeated,9:N0}{jobs.RepeatedUnexplained,12}"
            + $"{Refused,8:N0}{Told,6}  {(IsClean ? "clean" : "NOT CLEAN")}";
}
