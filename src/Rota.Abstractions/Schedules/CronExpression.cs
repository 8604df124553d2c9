using System.Diagnostics.CodeAnalysis;

namespace Rota.Schedules;

/// <summary>A cron expression in one of three dialects. docs/schedules.md has the grammar of each.</summary>
/// <remarks>
/// <para><b>Unix</b>: minute, hour, day of month, month, day of week; a sixth field stands before them and is seconds,
/// a seventh behind them and is years. Fields hold <c>*</c>, values, ranges (also wrapped: <c>fri-mon</c>,
/// <c>22-2</c>), steps (<c>*/n</c>, <c>a-b/n</c>, <c>a/n</c> from a to the maximum) and lists of those; <c>L</c>,
/// <c>L-3</c>, <c>LW</c>, <c>15W</c>, <c>fri#2</c> and <c>friL</c> in the day fields; <c>H</c>, <c>H/15</c>,
/// <c>H(0-29)</c> and <c>H(0-29)/10</c> in all but the year. 0 and 7 are Sunday. <c>@hourly @daily @midnight @weekly
/// @monthly @yearly @annually</c> stand for whole expressions. When neither day field starts with <c>*</c> or is
/// <c>?</c>, a day that matches one of them is enough; otherwise it must match both. Source: crontab(5) of Vixie cron,
/// whose rule this is; <c>H</c> is Jenkins'.</para>
/// <para><b>Quartz</b>: second to day of week, and years; 1 to 7 are Sunday to Saturday; a day field that is <c>*</c>
/// or <c>?</c> leaves the day to the other one, and a day need match only one of two that are not. Source: Quartz.NET
/// 4.7.</para>
/// <para><b>APScheduler</b>: five fields or <c>field=value</c> pairs; 0 is Monday; a day must match both day fields.
/// Source: APScheduler 3.</para>
/// </remarks>
public sealed class CronExpression : IEquatable<CronExpression>
{
    /// <summary>Longest text, in characters: every value of every field listed takes some 540.</summary>
    public const int MaxLength = 1_000;

    /// <summary>Longest text that spreads <c>H</c>, in characters.</summary>
    public const int SpreadMaxLength = 200;

    private readonly CronMasks _masks;
    private readonly string _text;

    private CronExpression(in CronMasks masks, string text, CronDialect dialect, bool usesSpread, string? spread) =>
        (_masks, _text, Dialect, UsesSpread, Spread) = (masks, text, dialect, usesSpread, usesSpread ? spread : null);

    public CronDialect Dialect { get; }

    /// <summary>The text has an <c>H</c>, whose value follows from <see cref="Spread"/>.</summary>
    public bool UsesSpread { get; }

    /// <summary>What spreads the values of <c>H</c>, as a rule the name of the schedule; null without any <c>H</c>, or
    /// when none was given.</summary>
    public string? Spread { get; }

    internal ref readonly CronMasks Masks => ref _masks;

    /// <summary>Reads an expression.</summary>
    /// <param name="text">At most <see cref="MaxLength"/> characters; with any white space around and between fields.
    /// </param>
    /// <param name="dialect">Whose rules it follows. Default: Unix.</param>
    /// <param name="spread">Any text of at most <see cref="SpreadMaxLength"/> characters: <c>H</c> has the same value
    /// wherever this is the same. Default: the empty text.</param>
    /// <param name="field">Name of the field for the error. Default: <c>cron</c>.</param>
    /// <exception cref="InvalidFieldException">The text is no expression. The message says what is wrong and at which
    /// character, from 1 on; the hint shows the text with a caret under it.</exception>
    public static CronExpression Parse(
        string text, CronDialect dialect = CronDialect.Unix, string? spread = null, string field = "cron")
    {
        ArgumentNullException.ThrowIfNull(text);
        if (spread is { Length: > SpreadMaxLength })
            throw new InvalidFieldException("spread", $"The spread has {spread.Length} characters.",
                $"Write at most {SpreadMaxLength}, such as the name of the schedule.");
        return Read(text, dialect, spread, out var problem) ?? throw problem!.ToException(field, text);
    }

    /// <summary>Reads an expression; false where <see cref="Parse"/> throws.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out CronExpression? cron) =>
        TryParse(text, CronDialect.Unix, spread: null, out cron);

    /// <inheritdoc cref="TryParse(string?, out CronExpression?)"/>
    public static bool TryParse(
        string? text, CronDialect dialect, string? spread, [NotNullWhen(true)] out CronExpression? cron)
    {
        cron = text is null || spread is { Length: > SpreadMaxLength } ? null : Read(text, dialect, spread, out _);
        return cron is not null;
    }

    /// <summary>The first run strictly after an instant, in UTC; null when none comes within 100 years.</summary>
    /// <remarks>
    /// <para>A local time that the clock skips runs once, at the first instant after the gap, or is left out if
    /// <paramref name="gap"/> says so. A local time that the clock repeats runs once, the first time. Two kinds follow
    /// real time instead: an expression with several runs an hour, seconds counted, runs in both passes of a repeated
    /// hour; one whose hour is <c>*</c> does so too, and what falls into a gap is left out, so that every 30 minutes
    /// stays every 30 minutes.</para>
    /// <para>Allocates nothing.</para>
    /// </remarks>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone, GapRule gap = GapRule.Run)
    {
        ArgumentNullException.ThrowIfNull(zone);
        var ticks = ReferenceEquals(zone, TimeZoneInfo.Utc)
            ? CronSearch.First(_masks, after.UtcTicks + 1)
            : CronClock.Next(_masks, after.UtcTicks, zone, gap);
        return ticks < 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
    }

    /// <summary>The next runs, in order, with a note where a change of the clock matters.</summary>
    /// <param name="count">At least 0.</param>
    /// <returns>At most <paramref name="count"/>; fewer when there are no more.</returns>
    public IReadOnlyList<CronRun> Upcoming(
        DateTimeOffset after, TimeZoneInfo zone, int count, GapRule gap = GapRule.Run)
    {
        ArgumentNullException.ThrowIfNull(zone);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return CronRuns.List(this, after, zone, count, gap);
    }

    /// <summary>The text that means the same in another dialect, and what to know about it.</summary>
    /// <returns>This expression and no notes where it is of that dialect.</returns>
    /// <exception cref="InvalidFieldException"><c>to</c>: that dialect cannot say it; the hint says what to write
    /// instead.</exception>
    public CronConversion Convert(CronDialect to) =>
        to == Dialect ? new CronConversion(this, []) : CronConverter.Convert(this, to);

    /// <summary>The same with another spread; itself when it has no <c>H</c>.</summary>
    public CronExpression WithSpread(string spread) => UsesSpread ? Parse(_text, Dialect, spread) : this;

    /// <summary>Plain English, for example <c>At 09:00, Monday to Friday</c>.</summary>
    public string Describe() => CronText.Describe(_masks);

    /// <summary>The text as written, with one space between fields and none around.</summary>
    public override string ToString() => _text;

    /// <summary>True for the same text, dialect and spread, spaces aside; two texts that mean the same may still
    /// differ.</summary>
    public bool Equals(CronExpression? other) =>
        other is not null && Dialect == other.Dialect && string.Equals(_text, other._text, StringComparison.Ordinal)
        && string.Equals(Spread, other.Spread, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as CronExpression);

    public override int GetHashCode() => HashCode.Combine(StringComparer.Ordinal.GetHashCode(_text), Dialect, Spread);

    private static CronExpression? Read(string text, CronDialect dialect, string? spread, out CronProblem? problem)
    {
        var reader = new CronReader(text, dialect, spread ?? "");
        var isRead = CronParser.TryParse(ref reader, text, out var masks);
        problem = reader.Problem;
        return isRead ? new(masks, Normalize(text), dialect, reader.UsesSpread, spread) : null;
    }

    private static string Normalize(string text)
    {
        var isNormal = text.Length > 0 && !char.IsWhiteSpace(text[^1]);
        var wasSpace = true;
        for (var i = 0; i < text.Length && isNormal; i++)
        {
            var isSpace = char.IsWhiteSpace(text[i]);
            isNormal = !isSpace || !wasSpace && text[i] == ' ';
            wasSpace = isSpace;
        }

        return isNormal
            ? text
            : string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
