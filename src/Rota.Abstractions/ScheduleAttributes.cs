namespace Rota;

/// <summary>A schedule of an arguments type's own kind, which enqueues <c>{}</c>: every field of the type must have a
/// default. It takes effect when the program adds the handler of the type; for anything more there is
/// <c>AddSchedule</c>.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, AllowMultiple = true, Inherited = false)]
public abstract class ScheduleAttribute : Attribute
{
    private protected ScheduleAttribute() { }

    /// <summary>Letters, digits, <c>. _ - :</c>, at most 200. Default: the kind; a type with several schedules names
    /// each.</summary>
    public string? Name { get; set; }
}

/// <summary>Enqueues a job in equal steps of real time.</summary>
/// <param name="interval">100 ms to 366 days, such as <c>90s</c>, <c>15m</c>, <c>1h30m</c>, <c>2d</c>.</param>
/// <example><code>[Job("shop.sync"), Every("15m")] public sealed record SyncShop;</code></example>
public sealed class EveryAttribute(string interval) : ScheduleAttribute
{
    public string Interval { get; } = interval;

    /// <summary>An instant of the past or the future that the steps are counted from, such as
    /// <c>2026-01-01T06:00:00Z</c>. Default: <c>1970-01-01T00:00:00Z</c>, so that what divides a day is due at midnight
    /// UTC too.</summary>
    public string? Anchor { get; set; }
}

/// <summary>Enqueues a job when the clock of a time zone fits an expression.</summary>
/// <param name="expression">Such as <c>0 9 * * 1-5</c>, at most 1,000 characters.</param>
/// <example><code>[Job("report.build"), Cron("0 2 * * *", Zone = "Europe/Berlin")] public sealed record BuildReport;
/// </code></example>
public sealed class CronAttribute(string expression) : ScheduleAttribute
{
    public string Expression { get; } = expression;

    /// <summary>IANA name, such as <c>Europe/Berlin</c>. Default: <c>UTC</c>.</summary>
    public string Zone { get; set; } = "UTC";

    /// <summary><c>unix</c>, <c>quartz</c> or <c>apscheduler</c>. Default: <c>unix</c>.</summary>
    public string Dialect { get; set; } = "unix";
}
