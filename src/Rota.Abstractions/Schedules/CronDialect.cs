namespace Rota.Schedules;

/// <summary>Whose rules a cron text follows.</summary>
public enum CronDialect
{
    /// <summary>crontab(5) of Vixie cron, with seconds and years where they are written: <c>unix</c>.</summary>
    Unix,

    /// <summary>Quartz: six or seven fields, Sunday is 1: <c>quartz</c>.</summary>
    Quartz,

    /// <summary>APScheduler 3: five fields as its <c>from_crontab</c> reads them, or <c>field=value</c> pairs as its
    /// <c>CronTrigger</c> takes them; Monday is 0: <c>apscheduler</c>.</summary>
    ApScheduler,
}

/// <summary>What becomes of a local time that the clock skips.</summary>
public enum GapRule
{
    /// <summary>It runs once, at the first instant after the gap: <c>run</c>.</summary>
    Run,

    /// <summary>It is left out: <c>skip</c>.</summary>
    Skip,
}

/// <summary>The words for dialects and gap rules, in JSON, in requests and on the command line.</summary>
public static class CronWords
{
    /// <summary><c>unix</c>, <c>quartz</c> or <c>apscheduler</c>.</summary>
    public static string Of(CronDialect dialect) => dialect switch
    {
        CronDialect.Quartz => "quartz",
        CronDialect.ApScheduler => "apscheduler",
        _ => "unix",
    };

    /// <summary><c>run</c> or <c>skip</c>.</summary>
    public static string Of(GapRule gap) => gap == GapRule.Skip ? "skip" : "run";

    /// <param name="text">A word; null means <see cref="CronDialect.Unix"/>.</param>
    /// <param name="field">Name of the field for the error.</param>
    /// <exception cref="InvalidFieldException">It is no word for a dialect.</exception>
    public static CronDialect ParseDialect(string? text, string field = "dialect") => text switch
    {
        null or "unix" => CronDialect.Unix,
        "quartz" => CronDialect.Quartz,
        "apscheduler" => CronDialect.ApScheduler,
        _ => throw new InvalidFieldException(field, $"There is no dialect '{text}'.",
            "Write unix, quartz or apscheduler."),
    };

    /// <param name="text">A word; null means <see cref="GapRule.Run"/>.</param>
    /// <exception cref="InvalidFieldException"><c>gap</c>: it is no word for a rule.</exception>
    public static GapRule ParseGap(string? text) => text switch
    {
        null or "run" => GapRule.Run,
        "skip" => GapRule.Skip,
        _ => throw new InvalidFieldException("gap", $"There is no gap rule '{text}'.", "Write run or skip."),
    };
}
