using Rota.Schedules;

namespace Rota.Supervisor.Config;

/// <summary>Moments of a clock at which a process is restarted, by the cron expressions and the rules of Rota's
/// schedules: a local time that the clock skips comes right after the gap, one that it repeats comes once.</summary>
/// <param name="Cron">Was read once without an error.</param>
/// <param name="Zone">A known name of the time zone database; null: the machine's zone.</param>
/// <param name="Reason">For the log.</param>
internal sealed record RestartTime(string Cron, string? Zone, string Reason)
{
    /// <summary>`restart_at`, such as `04:00`.</summary>
    public static RestartTime Daily(string text, string? zone) => TimeOnly.TryParseExact(text, "HH:mm", out var time)
        ? new($"{time.Minute} {time.Hour} * * *", zone, $"it is {text} (restart_at)")
        : throw Values.Bad(text, "no time of the day", "write hours and minutes, for example 04:00");

    /// <summary>`restart_cron`: five to seven fields, or a word such as `@daily`.</summary>
    public static RestartTime Of(string text, string? zone)
    {
        try
        {
            return new(CronExpression.Parse(text).ToString(), zone, $"it is time by {text} (restart_cron)");
        }
        catch (InvalidFieldException error)
        {
            throw Wrong("is no cron expression", error);
        }
    }

    /// <summary>`restart_timezone`, such as `Europe/Berlin`.</summary>
    public static string ZoneName(string text)
    {
        try
        {
            _ = TimeZones.Find(text);
            return text;
        }
        catch (InvalidFieldException error)
        {
            throw Wrong("cannot be used", error);
        }
    }

    /// <summary>The first of them after an instant; null when none comes within 100 years.</summary>
    /// <param name="process">Its full name, by which an `H` of the expression is spread.</param>
    /// <param name="machine">The machine's zone.</param>
    public DateTimeOffset? Next(DateTimeOffset after, string process, TimeZoneInfo machine)
    {
        // Of a long name the end, where the names of one program differ.
        var spread = process[Math.Max(0, process.Length - CronExpression.SpreadMaxLength)..];
        return CronExpression.Parse(Cron, CronDialect.Unix, spread)
            .Next(after, Zone is null ? machine : TimeZones.Find(Zone));
    }

    /// <summary>The parser's message and hint as the parts of our sentence. Below its advice a hint shows the text, and
    /// a caret under what is wrong.</summary>
    private static ValueException Wrong(string what, InvalidFieldException error)
    {
        var advice = error.Hint!.Split('\n')[0];
        return new($"{what}: {Begin(error.Message)}", Begin(advice) + error.Hint[advice.Length..]);

        static string Begin(string sentence) => char.ToLowerInvariant(sentence[0]) + sentence[1..].TrimEnd('.');
    }
}
