using System.Globalization;
using System.Text;

namespace Rota.Schedules;

/// <summary>Reads what an iCalendar file says about when not to run.</summary>
/// <remarks>Source: RFC 5545, 3.1 (folded lines), 3.3.4, 3.3.5 and 3.8.5.1. Taken are the <c>EXDATE</c>s, and events of
/// whole days, of which calendars of holidays consist. Nothing else of the file is looked at.</remarks>
public static class IcsDates
{
    private const string Advice = "Write EXDATE:20261225T080000Z, EXDATE;TZID=Europe/Berlin:20261225T090000 or "
        + "EXDATE;VALUE=DATE:20261225.";

    /// <summary>The texts of <see cref="Exclusion"/>, in the order of the file; at least one.</summary>
    /// <param name="ics">The text of the file.</param>
    /// <param name="zone">IANA name, for times that have none.</param>
    /// <exception cref="InvalidFieldException"><c>except</c>: it is no whole calendar, says of no time that it is left
    /// out, or has what cannot be read; names the line.</exception>
    public static IReadOnlyList<string> Read(string ics, string zone)
    {
        ArgumentNullException.ThrowIfNull(ics);
        var lines = Lines(ics).Select(line => (Line: Parts(line.Line), line.Number)).ToList();
        if (lines is not [{ Line: ("BEGIN", _, "VCALENDAR") }, ..])
            throw new InvalidFieldException("except", "It is no iCalendar file: it does not begin with "
                + "BEGIN:VCALENDAR.", "Look whether it is a page that asks to sign in.");
        // Half a file would be days on which it runs.
        if (lines is not [.., { Line: ("END", _, "VCALENDAR") }])
            throw Refused(lines[^1].Number, "It ends before END:VCALENDAR.");
        List<string> found = [];
        WholeDays? days = null;
        var inner = 0; // an alarm within an event has a DURATION too
        foreach (var ((name, parameters, value), number) in lines)
        {
            switch (name)
            {
                case "BEGIN" when value == "VEVENT":
                    (days, inner) = (new WholeDays(), 0);
                    break;
                case "END" when value == "VEVENT":
                    if (days?.Text() is { } text)
                        found.Add(text);
                    days = null;
                    break;
                case "BEGIN" or "END":
                    inner += name == "BEGIN" ? 1 : -1;
                    break;
                case "EXDATE":
                    found.AddRange(value.Split(',').Select(one => Exdate(one.Trim(), parameters, zone, number)));
                    break;
                case { } when inner == 0:
                    days?.Take(name, parameters, value, number);
                    break;
            }
        }
        return found.Count > 0 ? found : throw new InvalidFieldException("except",
            "The calendar leaves nothing out: it has no EXDATE and no event of whole days.", Advice);
    }

    /// <summary>An event, of which only whole days count. Its lines come in any order.</summary>
    private sealed class WholeDays
    {
        private DateOnly? _begins, _ends;
        private int? _days, _againAt, _lengthAt;

        public void Take(string name, string[] parameters, string value, int number)
        {
            switch (name)
            {
                case "DTSTART" when IsDate(parameters, value):
                    _begins = Date(value, number);
                    break;
                case "DTEND" when IsDate(parameters, value):
                    _ends = Date(value, number);
                    break;
                case "DURATION":
                    (_days, _lengthAt) = (Days(value), number);
                    break;
                case "RRULE" or "RDATE":
                    _againAt = number;
                    break;
            }
        }

        /// <summary>Null where it is of hours.</summary>
        public string? Text()
        {
            if (_begins is not { } first)
                return null;
            if (_againAt is { } again)
                throw Refused(again, "An event of whole days that comes again is not read.");
            if (_lengthAt is { } at && _days is null)
                throw Refused(at, "An event of whole days lasts days or weeks.");
            var end = _ends ?? first.AddDays(_days ?? 1);
            var last = end > first ? end.AddDays(-1) : first;
            return first == last ? Of(first) : $"{Of(first)}/{Of(last)}";
        }

        /// <summary>Of <c>P3D</c> and <c>P2W</c>; null of anything else.</summary>
        private static int? Days(string duration) => duration is ['P', .. var number, 'D' or 'W']
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count < 10_000
            ? duration[^1] == 'W' ? count * 7 : count
            : null;
    }

    /// <summary>Lines with those that continue them.</summary>
    private static IEnumerable<(string Line, int Number)> Lines(string ics)
    {
        var line = new StringBuilder(); // a picture that is attached has thousands of lines
        var (begun, number) = (1, 0);
        foreach (var text in ics.Split('\n').Select(text => text.TrimEnd('\r')))
        {
            number++;
            if (text.Length > 0 && text[0] is ' ' or '\t')
            {
                line.Append(text, 1, text.Length - 1);
                continue;
            }
            if (line.Length > 0)
                yield return (line.ToString(), begun);
            line.Clear().Append(text);
            begun = number;
        }
        if (line.Length > 0)
            yield return (line.ToString(), begun);
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

    private static bool IsDate(string[] parameters, string value) =>
        parameters.Contains("VALUE=DATE", StringComparer.OrdinalIgnoreCase) || value is { Length: 8 };

    private static string Exdate(string value, string[] parameters, string zone, int number)
    {
        if (IsDate(parameters, value))
            return Of(Date(value, number));
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

    private static string Of(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static InvalidFieldException Refused(int number, string why) =>
        new("except", $"Line {number} of the calendar: {why}", Advice);
}
