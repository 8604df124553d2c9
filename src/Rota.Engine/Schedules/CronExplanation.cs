namespace Rota.Schedules;

/// <summary>A cron expression to be explained, in the words of requests and of the command line.</summary>
/// <param name="Cron">At most <see cref="CronExpression.MaxLength"/> characters.</param>
/// <param name="Zone">IANA name. Default: UTC.</param>
/// <param name="Dialect">One of <see cref="CronWords"/>. Default: <c>unix</c>.</param>
/// <param name="Gap">One of <see cref="CronWords"/>. Default: <c>run</c>.</param>
/// <param name="Spread">For <c>H</c>. Default: the empty text.</param>
/// <param name="After">The instant after which to list runs, with its offset. Default: now.</param>
/// <param name="Count">Of runs, 1 to 100. Default: 10.</param>
/// <param name="To">The dialect to convert it to. Default: none.</param>
public sealed record CronQuestion(string Cron, string? Zone = null, string? Dialect = null, string? Gap = null,
    string? Spread = null, string? After = null, int Count = CronQuestion.DefaultCount, string? To = null)
{
    public const int DefaultCount = 10;
    public const int CountMax = 100;
}

/// <summary>What a cron expression means.</summary>
/// <param name="Description">Plain English.</param>
/// <param name="Next">In order; fewer than were asked for when there are no more.</param>
/// <param name="Converted">Null when no other dialect was asked for.</param>
public sealed record CronExplanation(
    CronTrigger Trigger, string Description, IReadOnlyList<CronRun> Next, CronConversion? Converted)
{
    /// <exception cref="InvalidFieldException">Names the field at fault: <c>cron</c>, <c>zone</c>, <c>dialect</c>,
    /// <c>gap</c>, <c>spread</c>, <c>after</c>, <c>count</c> or <c>to</c>.</exception>
    public static CronExplanation Of(CronQuestion question, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(question);
        if (question.Count is < 1 or > CronQuestion.CountMax)
            throw new InvalidFieldException("count", $"count is {question.Count}.",
                $"Write 1 to {CronQuestion.CountMax}.");

        var dialect = CronWords.ParseDialect(question.Dialect);
        var cron = CronExpression.Parse(question.Cron, dialect, question.Spread);
        var trigger = new CronTrigger(cron, question.Zone ?? "UTC") { Gap = CronWords.ParseGap(question.Gap) };
        var after = question.After is { } text ? TriggerJson.Instant("after", text) : now;
        return new CronExplanation(
            trigger,
            trigger.Describe(),
            trigger.Upcoming(after, question.Count),
            question.To is null ? null : cron.Convert(CronWords.ParseDialect(question.To, "to")));
    }
}
