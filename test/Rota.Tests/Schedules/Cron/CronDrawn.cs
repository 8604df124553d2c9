using System.Globalization;
using Rota.Schedules;

namespace Rota.Tests.Schedules;

/// <summary>A random expression of any dialect, and which readings of a clock fit it, told plainly: each field is
/// a table of what it allows.</summary>
/// <remarks>Most that are drawn fit near the reading that they are drawn around: else hardly any would ever run.
/// </remarks>
internal sealed class CronDrawn
{
    private static readonly string[] Keywords =
        ["year", "month", "day", "week", "day_of_week", "hour", "minute", "second"];

    private readonly Random _random;
    private readonly DateTime _around;
    private readonly Dictionary<long, bool> _dates = [];

    private bool[] _seconds, _minutes, _hours;
    private Func<DateTime, bool> _fits = _ => true;

    private CronDrawn(Random random, CronDialect dialect, DateTime around)
    {
        (_random, Dialect, _around) = (random, dialect, around);
        _seconds = _minutes = _hours = Only(0);
        Text = dialect switch
        {
            CronDialect.ApScheduler when random.Next(2) == 0 => Pairs(),
            CronDialect.Unix or CronDialect.ApScheduler when random.Next(2) == 0 => Fields(withSeconds: false),
            CronDialect.ApScheduler => Fields(withSeconds: false),
            _ => Fields(withSeconds: true),
        };
    }

    public string Text { get; }

    public CronDialect Dialect { get; }

    /// <summary>By docs/schedules.md.</summary>
    public ClockRule Rule(GapRule gap)
    {
        var isEveryHour = _hours.Take(24).All(allowed => allowed);
        var anHour = _seconds.Count(allowed => allowed) * _minutes.Count(allowed => allowed);
        return new ClockRule(gap == GapRule.Run && !isEveryHour, isEveryHour || anHour > 1);
    }

    public static CronDrawn Draw(Random random, CronDialect dialect, DateTime around) => new(random, dialect, around);

    /// <param name="reading">Seconds from the year 1 on.</param>
    public bool Fits(long reading)
    {
        var (date, second) = Math.DivRem(reading, 86_400);
        if (!_seconds[second % 60] || !_minutes[second / 60 % 60] || !_hours[second / 3_600])
            return false;
        if (!_dates.TryGetValue(date, out var fits))
            _dates[date] = fits = _fits(new DateTime(date * TimeSpan.TicksPerDay));
        return fits;
    }

    private string Fields(bool withSeconds)
    {
        var second = "";
        if (withSeconds)
            (second, _seconds) = Field(0, 59, null);
        (var minute, _minutes) = Field(0, 59, null);
        (var hour, _hours) = Hour();
        var (day, fitsDay) = Day(takesNames: false); // a name has a space
        var (month, months) = _random.Next(3) > 0 ? ("*", Every(12)) : Field(1, 12, _around.Month);
        var (weekday, fitsWeekday) = Weekday();
        var isEither = Dialect switch
        {
            CronDialect.Unix => day[0] is not ('*' or '?') && weekday[0] is not ('*' or '?'),
            CronDialect.Quartz => day is not ("*" or "?") && weekday is not ("*" or "?"),
            _ => false,
        };
        _fits = date => months[date.Month]
            && (isEither ? fitsDay(date) || fitsWeekday(date) : fitsDay(date) && fitsWeekday(date));
        return $"{second} {minute} {hour} {day} {month} {weekday}".TrimStart();
    }

    /// <summary>What is not given is open before what is, and the least behind it; weeks and weekdays are open.
    /// </summary>
    private string Pairs()
    {
        var given = Keywords.Where(_ => _random.Next(2) == 0).DefaultIfEmpty("hour").ToList();
        var last = Array.IndexOf(Keywords, given[^1]);
        bool IsOpen(string keyword) => Array.IndexOf(Keywords, keyword) < last;
        var (year, month, week) = (Every(9_999), IsOpen("month") ? Every(12) : Only(1), Every(53));
        (_hours, _minutes, _seconds) = (
            IsOpen("hour") ? Every(59) : Only(0), IsOpen("minute") ? Every(59) : Only(0),
            IsOpen("second") ? Every(59) : Only(0));
        Func<DateTime, bool> day = IsOpen("day") ? _ => true : date => date.Day == 1;
        Func<DateTime, bool> weekday = _ => true;
        var texts = new List<string>();
        foreach (var keyword in given)
        {
            var text = "";
            switch (keyword)
            {
                case "year":
                    (text, year) = ($"{_around.Year}", Only(_around.Year));
                    break;
                case "month":
                    (text, month) = Field(1, 12, _around.Month);
                    break;
                case "day":
                    (text, day) = Day(takesNames: true);
                    break;
                case "week":
                    (text, week) = Field(1, 53, ISOWeek.GetWeekOfYear(_around));
                    break;
                case "day_of_week":
                    (text, weekday) = Weekday();
                    break;
                case "hour":
                    (text, _hours) = Hour();
                    break;
                case "minute":
                    (text, _minutes) = Field(0, 59, null);
                    break;
                default:
                    (text, _seconds) = Field(0, 59, null);
                    break;
            }
            texts.Add(text.Contains(' ') ? $"{keyword}='{text}'" : $"{keyword}={text}");
        }

        _fits = date => year[date.Year] && month[date.Month] && week[ISOWeek.GetWeekOfYear(date)]
            && day(date) && weekday(date);
        return string.Join(' ', texts);
    }

    private (string Text, bool[] Allowed) Hour()
    {
        var (text, allowed) = Field(0, 23, (_around.Hour + _random.Next(23, 26)) % 24);
        return (text, allowed);
    }

    private (string Text, Func<DateTime, bool> Fits) Day(bool takesNames) => Drawn(() =>
    {
        switch (_random.Next(6))
        {
            case < 3:
                return (Dialect == CronDialect.Quartz ? "?" : "*", _ => true);
            case 3 when Dialect != CronDialect.ApScheduler:
                return CronDayOracle.Day(_random);
            case 3 when takesNames:
                return DayByName();
            case 3:
                return ("last", date => date.AddDays(1).Day == 1);
            default:
                var (text, allowed) = Field(1, 31, null);
                return (text, date => allowed[date.Day]);
        }
    });

    private (string Text, Func<DateTime, bool> Fits) DayByName()
    {
        var (weekday, position) = ((DayOfWeek)_random.Next(7), _random.Next(1, 6));
        var name = weekday.ToString()[..3].ToLowerInvariant();
        string[] nth = ["1st", "2nd", "3rd", "4th", "5th"];
        return _random.Next(3) switch
        {
            0 => ("last", date => date.AddDays(1).Day == 1),
            1 => ($"last {name}", date => date.DayOfWeek == weekday && date.AddDays(7).Month != date.Month),
            _ => ($"{nth[position - 1]} {name}", date => date.DayOfWeek == weekday && (date.Day + 6) / 7 == position),
        };
    }

    private (string Text, Func<DateTime, bool> Fits) Weekday() => Drawn(() =>
    {
        switch (_random.Next(6))
        {
            case < 3:
                return ("*", _ => true);
            case 3 when Dialect != CronDialect.ApScheduler:
                return CronDayOracle.Weekday(_random, isNamed: true);
            default:
                // 1 is Sunday for Quartz, 0 for Unix, and Monday for APScheduler.
                var first = Dialect == CronDialect.Quartz ? 1 : 0;
                var shift = Dialect == CronDialect.ApScheduler ? 1 : 7 - first;
                var (text, allowed) = Field(first, first + 6, null);
                return (text, date => Enumerable.Range(first, 7)
                    .Any(value => allowed[value] && (value + shift) % 7 == (int)date.DayOfWeek));
        }
    });

    /// <summary>Mostly one that fits the date.</summary>
    private (string Text, Func<DateTime, bool> Fits) Drawn(Func<(string Text, Func<DateTime, bool> Fits)> draw)
    {
        var drawn = draw();
        for (var tries = 0; tries < 5 && !drawn.Fits(_around); tries++)
            drawn = draw();
        return drawn;
    }

    /// <summary>Mostly one that allows what is wanted of it.</summary>
    private (string Text, bool[] Allowed) Field(int first, int last, int? wanted)
    {
        var drawn = List(first, last);
        for (var tries = 0; tries < 5 && wanted is { } value && !drawn.Allowed[value]; tries++)
            drawn = List(first, last);
        return drawn;
    }

    private (string Text, bool[] Allowed) List(int first, int last)
    {
        var allowed = new bool[Math.Max(60, last + 1)];
        if (_random.Next(4) == 0)
        {
            Array.Fill(allowed, true, first, last - first + 1);
            return ("*", allowed);
        }

        var items = Enumerable.Range(0, _random.Next(3) == 0 ? _random.Next(2, 4) : 1)
            .Select(_ => Item(first, last, allowed)).ToList();
        return (string.Join(',', items), allowed);
    }

    private string Item(int first, int last, bool[] allowed)
    {
        var (from, to) = (_random.Next(first, last + 1), _random.Next(first, last + 1));
        if (Dialect == CronDialect.ApScheduler && from >= to) // it takes no range that goes backwards
            (from, to) = from > to ? (to, from) : (first, last);
        var length = to >= from ? to - from : to - from + last - first + 1;
        var step = _random.Next(1, Math.Max(1, Math.Min(length, (last - first) / 2)) + 1);
        (string text, from, to, step) = _random.Next(6) switch
        {
            0 => ($"*/{step}", first, last, step),
            1 => ($"{from}-{to}", from, to, 1),
            2 when length > 0 => ($"{from}-{to}/{step}", from, to, step),
            3 when from < last && step <= last - from => ($"{from}/{step}", from, last, step),
            _ => ($"{from}", from, from, 1),
        };
        for (var (value, left) = (from, 0); ; value = value == last ? first : value + 1, left--)
        {
            if (left == 0)
                (allowed[value], left) = (true, step);
            if (value == to)
                return text;
        }
    }

    private static bool[] Only(int value)
    {
        var allowed = new bool[Math.Max(60, value + 1)];
        allowed[value] = true;
        return allowed;
    }

    private static bool[] Every(int last) => [.. Enumerable.Repeat(true, Math.Max(60, last + 1))];
}
