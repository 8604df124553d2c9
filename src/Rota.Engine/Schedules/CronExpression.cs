using System.Diagnostics.CodeAnalysis;

namespace Rota.Schedules;

/// <summary>A five-field Unix cron expression: minute, hour, day of month, month, day of week.</summary>
/// <remarks>
/// <para>Fields hold <c>*</c>, values, ranges (also wrapped: <c>fri-mon</c>, <c>22-2</c>), steps (<c>*/n</c>,
/// <c>a-b/n</c>, <c>a/n</c> from a to the maximum) and lists of those. Months and weekdays have English names of three
/// letters; 0 and 7 are Sunday. <c>@hourly @daily @midnight @weekly @monthly @yearly @annually</c> stand for whole
/// expressions.</para>
/// <para>When neither day field starts with <c>*</c>, a day that matches one of them is enough; otherwise it must match
/// both. Source: crontab(5) of Vixie cron, whose rule this is.</para>
/// </remarks>
public sealed class CronExpression : IEquatable<CronExpression>
{
    /// <summary>Longest text, in characters: every value of every field listed takes some 360.</summary>
    public const int MaxLength = 500;

    private readonly CronMasks _masks;
    private readonly string _text;

    private CronExpression(CronMasks masks, string text) => (_masks, _text) = (masks, text);

    /// <summary>Reads an expression.</summary>
    /// <param name="text">At most <see cref="MaxLength"/> characters; with any white space around and between fields.
    /// </param>
    /// <param name="field">Name of the field for the error. Default: <c>cron</c>.</param>
    /// <exception cref="InvalidFieldException">The text is no expression. The message says what is wrong and at which
    /// character, from 1 on; the hint shows the text with a caret under it.</exception>
    public static CronExpression Parse(string text, string field = "cron")
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new CronParser(text);
        return parser.TryParse(out var masks)
            ? new(masks, Normalize(text))
            : throw parser.Problem.ToException(field, text);
    }

    /// <summary>Reads an expression; false where <see cref="Parse"/> throws.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out CronExpression? cron)
    {
        cron = text is not null && new CronParser(text).TryParse(out var masks) ? new(masks, Normalize(text)) : null;
        return cron is not null;
    }

    /// <summary>The first run strictly after an instant, in UTC; null when none comes within 100 years.</summary>
    /// <remarks>
    /// <para>A local time that the clock skips runs once, at the first instant after the gap. A local time that the
    /// clock repeats runs once, the first time. Two kinds follow real time instead: an expression with several minutes
    /// an hour runs in both passes of a repeated hour; one whose hour is <c>*</c> does so too, and what falls into a
    /// gap is left out, so that every 30 minutes stays every 30 minutes.</para>
    /// <para>Allocates nothing.</para>
    /// </remarks>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        var ticks = ReferenceEquals(zone, TimeZoneInfo.Utc)
            ? CronSearch.First(_masks, after.UtcTicks + 1)
            : CronClock.Next(_masks, after.UtcTicks, zone);
        return ticks < 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
    }

    /// <summary>Plain English, for example <c>At 09:00, Monday to Friday</c>.</summary>
    public string Describe() => CronText.Describe(_masks);

    /// <summary>The text as written, with one space between fields and none around.</summary>
    public override string ToString() => _text;

    /// <summary>True for the same text, spaces aside; two texts that mean the same may still differ.</summary>
    public bool Equals(CronExpression? other) =>
        other is not null && string.Equals(_text, other._text, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as CronExpression);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_text);

    private static string Normalize(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
