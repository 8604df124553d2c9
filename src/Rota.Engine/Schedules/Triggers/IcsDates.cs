using System.Globalization;

namespace Rota.Schedules;

/// <summary>Reads what an iCalendar file says about when not to run.</summary>
/// <remarks>Source: RFC 5545, 3.1 (folded lines), 3.3.4, 3.3.5 and 3.8.5.1. Taken are the <c>EXDATE</c>s, and events of
/// whole days, of which calendars of holidays consist. Nothing else of the file is looked at.</remarks>
public static class IcsDates
{
    private const string Advice = "Write EXDATE:20261225T080000Z, EXDATE;TZID=Europe/Berlin:20261225T090000 or "
        + "EXDATE;VALUE=DATE:20261225.";

    /// <summary>The texts of <see cref="Exclusion"/>, in the order of the file.</summary>
    /// <param name="ics">The text of the file.</param>
    /// <param name="zone">IANA name, for times that have none.</param>
    /// <exception cref="InvalidFieldException"><c>except</c>: names the line.</exception>
    public static IReadOnlyList<string> Read(string ics, string zone)
    {
        ArgumentNullException.ThrowIfNull(ics);
        List<string> found = [];
        DateOnly? begins = null, ends = null;
        foreach (var (line, number) in Lines(ics))
        {
            var (name, parameters, value) = Parts(line);
            switch (name)
            {
                case "EXDATE":
                    found.AddRange(value.Split(',').Select(one => Exdate(one.Trim(), parameters, zone, number)));
                    break;
                case "BEGIN" when value == "VEVENT":
                    (begins, ends) = (null, null);
                    break;
                case "DTSTART" when IsDate(parameters):
                    begins = Date(value, number);
                    break;
                case "DTEND" when IsDate(parameters):
                    ends = Date(value, number);
                    break;
                case "RRULE" when begins is not null:
                    throw Refused(number, "An event of whole days that comes again is not read.");
                case "END" when value == "VEVENT" && begins is { } first:
                    var last = ends is { } end && end > first ? end.AddDays(-1) : first;
                    found.Add(first == last ? Text(first) : $"{Text(first)}/{Text(last)}");
                    break;
            }
        }
        return found;
    }

    /// <summary>Lines with those that continue them.</summary>
    private static IEnumerable<(string Line, int Number)> Lines(string ics)
    {
        var (line, begun) = ("", 1);
        var number = 0;
        foreach (var text in ics.Split('\n').Select(text => text.TrimEnd('\r')))
        {
            number++;
            if (text.Length > 0 && text[0] is ' ' or '\t')
            {
                line += text[1..];
                continue;
            }
            if (line.Length > 0)
                yield return (line, begun);
            (line, begun) = (text, number);
        }
        if (line.Length > 0)
            yield return (line, begun);
    }

    private static (string Name, string[] Parameters, string Value) Parts(string line)
    {
        var colon = line.IndexOf(':');
        if (colon < 0)
            return ("", [], "");
        var head = line[..colon].ToUpperInvariant().Split(';');
        var exact = line[..colon].Split(';'); // a zone keeps its letters
        return (head[0], exact[1..], line[(colon + 1)..].Trim());
    }

    private static bool IsDate(string[] parameters) =>
        parameters.Contains("VALUE=DATE", StringComparer.OrdinalIgnoreCase);

    private static string Exdate(string value, string[] parameters, string zone, int number)
    {
        if (IsDate(parameters))
            return Text(Date(value, number));
        if (!DateTime.TryParseExact(value.TrimEnd('Z'), "yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture,
                DateTimeStyles.None, out var time))
            throw Refused(number, $"'{value}' is no date.");
        var named = Array.Find(parameters, one => one.StartsWith("TZID=", StringComparison.OrdinalIgnoreCase));
        var place = value.EndsWith('Z') ? TimeZoneInfo.Utc
            : TimeZones.Find(named is null ? zone : named["TZID=".Length..].Trim('"'), "except");
        var instant = CronClock.InstantOf(time, place, GapRule.Run)!.Value;
        return instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }

    private static DateOnly Date(string value, int number) =>
        DateOnly.TryParseExact(value, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : throw Refused(number, $"'{value}' is no date.");

    private static string Text(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static InvalidFieldException Refused(int number, string why) =>
        new("except", $"Line {number} of the calendar: {why}", Advice);
}
