using System.Globalization;

namespace Rota.Web.Console.Parts;

/// <summary>Instants and durations for people. The script says relative times by the same rule (times.js).</summary>
public static class TimeWords
{
    public static string Ago(DateTimeOffset at, DateTimeOffset now)
    {
        var span = now - at;
        var size = span.Duration();
        if (size < TimeSpan.FromSeconds(3))
            return "now";
        var text = size switch
        {
            { TotalMinutes: < 1 } => $"{(int)size.TotalSeconds} s",
            { TotalHours: < 1 } => $"{(int)size.TotalMinutes} min",
            { TotalDays: < 2 } => $"{(int)size.TotalHours} h",
            _ => $"{(int)size.TotalDays} d",
        };
        return span > TimeSpan.Zero ? text + " ago" : "in " + text;
    }

    /// <summary>Two units at most: <c>840 ms</c>, <c>3.2 s</c>, <c>4 min 12 s</c>, <c>2 h</c>, <c>3 d 4 h</c>.
    /// </summary>
    public static string Span(TimeSpan span) => span switch
    {
        { Ticks: < 0 } => "0 ms",
        { TotalMilliseconds: < 999.5 } => Text($"{span.TotalMilliseconds:0} ms"),
        { TotalSeconds: < 59.95 } => Text($"{span.TotalSeconds:0.#} s"),
        { TotalHours: < 1 } => Two((int)span.TotalMinutes, "min", span.Seconds, "s"),
        { TotalDays: < 2 } => Two((int)span.TotalHours, "h", span.Minutes, "min"),
        _ => Two((int)span.TotalDays, "d", span.Hours, "h"),
    };

    private static string Two(int large, string unit, int small, string smallUnit) =>
        Text($"{large} {unit}") + (small > 0 ? Text($" {small} {smallUnit}") : "");

    public static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    public static string Utc(DateTimeOffset at) => Text($"{at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
