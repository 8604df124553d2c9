namespace Rota.Schedules;

/// <summary>An expression in another dialect.</summary>
/// <param name="Cron">Runs at the same times.</param>
/// <param name="Notes">Sentences: what is written otherwise, and what the other system itself would do otherwise;
/// empty when there is nothing to know.</param>
public sealed record CronConversion(CronExpression Cron, IReadOnlyList<string> Notes);
