namespace Rota.Bench;

/// <summary>What one fault came to.</summary>
/// <param name="Ledgers">By policy; empty: it was not done.</param>
/// <param name="Skipped">Why it cannot be done on this machine; null where it was done.</param>
internal sealed record ScheduleFaultReport(
    string Fault, string What, IReadOnlyList<ScheduleLedger> Ledgers, IReadOnlyList<string> Notes,
    string? Skipped = null)
{
    public bool IsClean => Ledgers.Count > 0 && Ledgers.All(ledger => ledger.IsClean);

    public static string Table(IEnumerable<ScheduleFaultReport> reports) =>
        string.Join('\n', reports.SelectMany(report => report.Rows()).Prepend(Head));

    public string ToText() => Skipped is { } why ? $"{Fault}: SKIPPED, {why}"
        : $"\n{Fault}: {What}\n{Table([this])}\n{string.Join(", ", Notes)}";

    private static string Head => $"{"fault",-25}{"missed ones",-22}{"due",9}{"jobs",9}{"rows missed",13}"
        + $"{"events missed",15}{"doubled",9}{"silently missed",17}{"unfounded",11}{"unmade",8}";

    private IEnumerable<string> Rows() => Ledgers.Count == 0 ? [$"{Fault,-25}SKIPPED: {Skipped}"]
        : Ledgers.Select(one => $"{Fault,-25}{one.Policy,-22}{one.Due,9:N0}{one.Jobs,9:N0}{one.RowsMissed,13:N0}"
            + $"{one.EventsMissed,15:N0}{one.Doubled,9:N0}{one.SilentlyMissed,17:N0}{one.Unfounded,11:N0}"
            + $"{one.Unmade,8:N0}  {(one.IsClean ? "clean" : "NOT CLEAN")}");
}
