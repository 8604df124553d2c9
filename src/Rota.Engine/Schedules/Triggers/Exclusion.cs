using System.Globalization;

namespace Rota.Schedules;

/// <summary>When a trigger does not run.</summary>
/// <remarks>
/// Written as a date (<c>2026-12-25</c>), a range of dates with both ends (<c>2026-12-24/2027-01-01</c>), an instant or
/// a range of instants with both ends (<c>2026-12-24T12:00:00Z/2026-12-24T18:00:00Z</c>), or as times by a cron
/// expression after <c>cron:</c> (<c>cron: * * * * sat,sun</c>). Dates and cron expressions are of a time zone.
/// </remarks>
public sealed class Exclusion : IEquatable<Exclusion>
{
    private const string CronMark = "cron:";
    private const int FieldsWithSeconds = 6;
    private const string Shapes = "Write a date such as 2026-12-25, a range 2026-12-24/2027-01-01, an instant with Z, "
        + "or cron: and an expression.";

    private readonly string _text;
    /// <summary>The IANA name of the zone of its dates.</summary>
    public string Zone { get; }

    private readonly DateTimeOffset _from;
    private readonly DateTimeOffset _until;
    private readonly (CronExpression Expression, TimeZoneInfo Zone)? _cron;
    private readonly bool _leavesOutMinutes; // as an expression without seconds does, or one of all seconds

    private Exclusion(string text, string zone, DateTimeOffset from, DateTimeOffset until) =>
        (_text, Zone, _from, _until) = (text, zone, from, until);

    private Exclusion(string text, string zone, CronExpression cron)
    {
        (_text, Zone, _cron) = (text, zone, (cron, TimeZones.Find(zone)));
        var hasSeconds = cron.ToString().Count(sign => sign == ' ') >= FieldsWithSeconds - 1;
        _leavesOutMinutes = !hasSeconds || cron.Masks.Seconds == CronMasks.AllMinutes;
    }

    /// <param name="zone">IANA name.</param>
    /// <exception cref="InvalidFieldException"><c>except</c>: the text is none of the shapes.</exception>
    public static Exclusion Parse(string text, string zone)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.StartsWith(CronMark, StringComparison.OrdinalIgnoreCase))
            return new Exclusion(text, zone, CronExpression.Parse(text[CronMark.Length..].Trim(), field: "except"));
        var ends = text.Split('/', StringSplitOptions.TrimEntries);
        if (ends.Length > 2)
            throw Refused(text);
        var (first, last) = (Span(text, ends[0], zone), Span(text, ends[^1], zone));
        return last.Until >= first.From
            ? new Exclusion(text, zone, first.From, last.Until)
            : throw new InvalidFieldException("except", $"'{text}' ends before it begins.", Shapes);
    }

    /// <summary>The last instant of the stretch that is left out around an instant; null when it is not.</summary>
    internal DateTimeOffset? Until(DateTimeOffset instant)
    {
        if (_cron is not { } cron)
            return instant >= _from && instant <= _until ? _until : null;
        if (!_leavesOutMinutes)
            return Matches(cron, instant) ? instant : null;
        var minute = instant.AddTicks(-(instant.UtcTicks % TimeSpan.TicksPerMinute));
        if (!Matches(cron, minute))
            return null;
        // A run every second would be left out 172,800 times on a weekend.
        var isOfDays = cron.Expression.Masks is { Hours: CronMasks.AllHours, Minutes: CronMasks.AllMinutes };
        return (isOfDays ? EndOfDay(instant, cron.Zone) : null) ?? minute.AddTicks(TimeSpan.TicksPerMinute - 1);
    }

    private static DateTimeOffset? EndOfDay(DateTimeOffset instant, TimeZoneInfo zone)
    {
        var date = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, zone).DateTime);
        return date < DateOnly.MaxValue && Midnight(date.AddDays(1), zone) is var next && next > instant
            ? next.AddTicks(-1) : null;
    }

    private static bool Matches((CronExpression Expression, TimeZoneInfo Zone) cron, DateTimeOffset instant) =>
        instant > DateTimeOffset.MinValue && cron.Expression.Next(instant.AddTicks(-1), cron.Zone) == instant;

    private static (DateTimeOffset From, DateTimeOffset Until) Span(string text, string end, string zone)
    {
        if (end.Contains('T'))
        {
            var instant = TriggerJson.Instant("except", end);
            return (instant, instant);
        }
        if (!DateOnly.TryParseExact(end, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            || date == DateOnly.MaxValue)
            throw Refused(text);
        var place = TimeZones.Find(zone);
        return (Midnight(date, place), Midnight(date.AddDays(1), place).AddTicks(-1));
    }

    private static DateTimeOffset Midnight(DateOnly date, TimeZoneInfo zone) =>
        CronClock.InstantOf(date.ToDateTime(TimeOnly.MinValue), zone, GapRule.Run)!.Value;

    private static InvalidFieldException Refused(string text) =>
        new("except", $"'{text}' says no time to leave out.", Shapes);

    public override string ToString() => _text;

    public bool Equals(Exclusion? other) => other is not null && _text == other._text && Zone == other.Zone;

    public override bool Equals(object? obj) => Equals(obj as Exclusion);

    public override int GetHashCode() => HashCode.Combine(_text, Zone);
}
